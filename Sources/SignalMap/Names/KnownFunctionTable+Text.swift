/// Functions of libc that work on text, numbers and time: POSIX.1-2017 and the glibc manual, names as glibc 2.36 exports
/// them. Those in _chk take the sizes of objects after some arguments (Linux Standard Base, libc-ddefs).
extension KnownFunctionTable {
    mutating func addText() {
        library = .libc
        addStrings()
        addNumbers()
        addWideText()
        addTime()
        addMathematics()
    }

    private mutating func addStrings() {
        reading(
            """
            strlen strnlen strcmp strncmp strcasecmp strncasecmp strcoll strverscmp __strverscmp strspn strcspn memcmp
            bcmp __memcmpeq strcasecmp_l strncasecmp_l strcoll_l __strcoll_l __strcasecmp __strcasecmp_l
            __strncasecmp_l ffs ffsl ffsll fnmatch rpmatch hasmntopt strerror strsignal strerror_l strerrorname_np
            strerrordesc_np sigabbrev_np sigdescr_np gai_strerror hstrerror gettext dgettext dcgettext ngettext
            dngettext dcngettext __dcgettext __dgettext bindtextdomain textdomain bind_textdomain_codeset
            """)
        reading(
            """
            strchr strrchr strstr strpbrk index rindex strchrnul strcasestr __strcasestr memchr memrchr rawmemchr
            __rawmemchr memmem wcschr wcsrchr wcsstr wcspbrk wcswcs wcschrnul wmemchr
            """, result: .within(0))
        writing("strtok", to: [0], result: .unknown)
        // The first is the text, through a pointer in strsep, the last where the rest of it is kept.
        filling("strtok_r __strtok_r wcstok", [2])
        writing("strtok_r __strtok_r wcstok", to: [0, 2], result: .unknown)
        filling("strsep", [0])
        writing("strsep", to: [0], result: .unknown)
        keeping("strtok", [0])
        writing("basename dirname __xpg_basename", to: [0], result: .unknown)
        writing("strxfrm strxfrm_l __strxfrm_l strerror_r __strerror_r __xpg_strerror_r", to: .from(0))
        reading(
            """
            isalnum isalpha isascii isblank iscntrl isdigit isgraph islower isprint ispunct isspace isupper isxdigit
            tolower toupper toascii _tolower _toupper __ctype_b_loc __ctype_tolower_loc __ctype_toupper_loc
            __ctype_get_mb_cur_max isalnum_l isalpha_l isblank_l iscntrl_l isdigit_l isgraph_l islower_l isprint_l
            ispunct_l isspace_l isupper_l isxdigit_l tolower_l toupper_l __isalnum_l __isalpha_l __isdigit_l
            __isspace_l __isupper_l __islower_l __isxdigit_l __tolower_l __toupper_l
            """)
        plain("regcomp regfree regerror regexec wordexp wordfree globfree globfree64 iconv_open iconv_close iconv")
        plain("setlocale localeconv newlocale freelocale duplocale uselocale __newlocale __freelocale __duplocale")
        plain("__uselocale nl_langinfo nl_langinfo_l catopen catgets catclose strfmon strfmon_l __strfmon_l")
    }

    private mutating func addNumbers() {
        reading("atoi atol atoll atof abs labs llabs div ldiv lldiv imaxabs imaxdiv a64l l64a")
        // The address of the rest of the text is written through the second argument.
        filling(
            """
            strtol strtoul strtoll strtoull strtoq strtouq strtoimax strtoumax strtod strtof strtold strtof32 strtof64
            strtof128 strtol_l strtoul_l strtoll_l strtoull_l strtod_l strtof_l strtold_l __strtol_internal
            __strtoul_internal __strtoll_internal __strtoull_internal __strtod_internal __strtof_internal
            __strtold_internal __strtod_l __strtof_l __strtold_l __strtol_l __strtoul_l wcstol wcstoul wcstoll wcstoull
            wcstod wcstof wcstold wcstoimax wcstoumax
            """, [1])
        reading("rand srand random srandom drand48 lrand48 mrand48 srand48 arc4random arc4random_uniform")
        writing("rand_r random_r srandom_r erand48 jrand48 nrand48 seed48 lcong48 drand48_r lrand48_r", to: .from(0))
        writing("arc4random_buf getrandom getentropy", to: [0])
        plain("ecvt fcvt gcvt ecvt_r fcvt_r qecvt qfcvt qgcvt strfromd strfromf strfroml")
        plain("inet_addr inet_aton inet_network inet_ntoa inet_ntop inet_pton htonl htons ntohl ntohs")
        plain("ether_aton ether_ntoa ether_aton_r ether_ntoa_r gnu_dev_major gnu_dev_minor gnu_dev_makedev")
    }

    private mutating func addWideText() {
        reading(
            """
            wcslen wcsnlen wcscmp wcsncmp wcscasecmp wcsncasecmp wcscoll wcsspn wcscspn wmemcmp wcwidth wcswidth
            iswalnum iswalpha iswblank iswcntrl iswctype iswdigit iswgraph iswlower iswprint iswpunct iswspace iswupper
            iswxdigit towlower towupper towctrans wctype wctrans btowc wctob mbsinit mblen iswctype_l towlower_l
            towupper_l wctype_l __iswctype_l __towlower_l __towupper_l __wctype_l wcscoll_l __wcscoll_l wcscasecmp_l
            """)
        plain(
            """
            mbtowc wctomb mbstowcs wcstombs mbrlen mbrtowc wcrtomb mbsrtowcs wcsrtombs mbsnrtowcs wcsnrtombs
            __mbstowcs_chk __wcstombs_chk __wcrtomb_chk __mbsrtowcs_chk __wcsrtombs_chk __mbsnrtowcs_chk
            __wcsnrtombs_chk mbrtoc8 c8rtomb mbrtoc16 c16rtomb mbrtoc32 c32rtomb wcsxfrm wcsxfrm_l __wcsxfrm_l
            wcsftime wcsftime_l __wcsftime_l __mbrlen __mbrtowc
            """)
    }

    private mutating func addTime() {
        plain(
            """
            time clock clock_gettime __clock_gettime clock_getres clock_settime clock_getcpuclockid gettimeofday
            __gettimeofday settimeofday adjtime adjtimex ntp_gettime ntp_adjtime clock_adjtime mktime timegm timelocal
            gmtime localtime gmtime_r localtime_r __gmtime_r asctime ctime asctime_r ctime_r strftime strftime_l
            __strftime_l strptime strptime_l getdate getdate_r difftime tzset times ftime timespec_get timespec_getres
            timer_gettime timer_getoverrun timerfd_gettime getitimer stime dysize
            """)
    }

    /// math.h, complex.h and fenv.h in all three precisions; those that write do so through what they are passed.
    private mutating func addMathematics() {
        library = .libm
        let functions = Self.words(
            """
            acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh erf erfc exp exp10 exp2 expm1 fabs fdim floor fma
            fmax fmin fmod hypot ilogb j0 j1 jn ldexp lgamma llrint llround log log10 log1p log2 logb lrint lround
            nearbyint nextafter nexttoward pow remainder rint round roundeven scalbln sin sinh sqrt tan tanh tgamma
            trunc y0 y1 yn copysign scalbn drem gamma significand llogb nextup nextdown fmaxmag fminmag nan
            cabs carg cimag creal conj cproj cacos cacosh casin casinh catan catanh ccos ccosh cexp clog clog10 cpow
            csin csinh csqrt ctan ctanh
            """)
        let writers = Self.words("frexp modf remquo sincos lgamma_r canonicalize getpayload setpayload")
        for suffix in ["", "f", "l"] {
            for name in functions { reading(name + suffix) }
            for name in writers {
                // lgamma_r becomes lgammaf_r.
                let parts = name.split(separator: "_", maxSplits: 1)
                plain(parts.count == 2 ? "\(parts[0])\(suffix)_\(parts[1])" : name + suffix)
            }
        }
        reading(
            """
            feclearexcept fetestexcept feraiseexcept fesetround fegetround fedisableexcept feenableexcept fesetenv
            feupdateenv __fpclassify __fpclassifyf __fpclassifyl __signbit __signbitf __signbitl
            __finite __finitef __finitel __issignaling __issignalingf __issignalingl
            """)
        plain("fegetenv feholdexcept fegetexceptflag fesetexceptflag fegetexcept fegetmode fesetmode")
        library = .libc
        reading("__isinf __isinff __isinfl __isnan __isnanf __isnanl")
    }
}
