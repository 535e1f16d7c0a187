/// What C++ code calls of its runtime: exceptions, casts, guards of local statics, the nodes of containers (Itanium C++
/// ABI; libstdc++ 12: libsupc++, src/c++98/tree.cc, src/c++98/list.cc, src/c++11/hashtable_c++0x.cc).
extension KnownFunctionTable {
    mutating func addCXXRuntime() {
        library = .libstdcxx
        addGuards()
        addExceptions()
        addNodes()
        // The object's address, moved to another of its bases.
        plain("__dynamic_cast", result: .within(0))
        allocating("__cxa_demangle")
        plain("__cxa_pure_virtual __cxa_deleted_virtual __cxa_bad_cast __cxa_bad_typeid")
        plain("_ZSt9terminatev _ZSt10unexpectedv _ZSt18uncaught_exceptionv _ZSt19uncaught_exceptionsv")
        plain("_ZSt13get_terminatev _ZSt14get_unexpectedv", result: .unknown)
        reading(
            """
            _ZSt11_Hash_bytesPKvmm _ZSt15_Fnv_hash_bytesPKvmm _ZNKSt8__detail20_Prime_rehash_policy11_M_next_bktEm
            _ZNKSt8__detail20_Prime_rehash_policy14_M_need_rehashEmmm _ZNSt6chrono12system_clock3nowEv
            _ZNSt6chrono3_V212steady_clock3nowEv _ZNSt6chrono3_V212system_clock3nowEv
            _ZNSt6thread20hardware_concurrencyEv _ZNSt19_Sp_make_shared_tag5_S_eqERKSt9type_info
            """)
        // Free functions of shared_ptr hold one of a few mutexes of the library's own while this object lives.
        plain("_ZNSt10_Sp_lockerC1EPKv _ZNSt10_Sp_lockerC2EPKv _ZNSt10_Sp_lockerC1EPKvS1_ _ZNSt10_Sp_lockerC2EPKvS1_")
        plain("_ZNSt10_Sp_lockerD1Ev _ZNSt10_Sp_lockerD2Ev")
        primitive(
            "_ZNSt11this_thread11__sleep_forENSt6chrono8durationIlSt5ratioILl1ELl1EEEENS1_IlS2_ILl1ELl1000000000EEEE",
            does: .wait(.timer, nil, timeout: Primitive.Timeout(operand: 0, report: .notTold)))
        plain("_ZNSt8ios_base4InitC1Ev _ZNSt8ios_base4InitD1Ev _ZNSt6localeC1Ev _ZNSt6localeD1Ev")
        plain("_ZNSt6localeC1ERKS_ _ZNSt6localeaSERKS_ _ZNSt6thread6_StateD1Ev _ZNSt6thread6_StateD2Ev")
        library = .other
        // libgcc: sums of 128 bits, counts of bits, floating point of other sizes.
        plain(
            """
            __udivti3 __divti3 __umodti3 __modti3 __udivmodti4 __divmodti4 __multi3 __ashlti3 __ashrti3 __lshrti3
            __popcountdi2 __popcountti2 __clzti2 __ctzti2 __paritydi2 __bswapdi2 __floattidf __floatuntidf __fixdfti
            __fixunsdfti __floattisf __floatuntisf __mulodi4 __muloti4 __muldc3 __mulsc3 __mulxc3 __divdc3 __divsc3
            __divxc3 __powidf2 __powisf2 __powixf2 __extenddftf2 __trunctfdf2 __addtf3 __subtf3 __multf3 __divtf3
            __eqtf2 __netf2 __lttf2 __letf2 __gttf2 __getf2 __unordtf2 __floatditf __fixtfdi __truncdfhf2
            __extendhfsf2 __truncsfhf2 __cpu_indicator_init __clear_cache _Unwind_Resume _Unwind_DeleteException
            _Unwind_GetIP _Unwind_GetCFA _Unwind_GetIPInfo _ITM_deregisterTMCloneTable _ITM_registerTMCloneTable
            """)
    }

    /// Guards of local statics: a thread that finds one taken waits until the other has finished.
    private mutating func addGuards() {
        primitive("__cxa_guard_acquire", does: .acquire(.once, 0))
        primitive("__cxa_guard_release __cxa_guard_abort", does: .of(.release, .once, 0))
    }

    private mutating func addExceptions() {
        keeping("__cxa_throw", [0])
        for name in ["__cxa_begin_catch", "__cxa_get_exception_ptr"] {
            change(name) { $0.result = .kept(by: "__cxa_throw") }
        }
        plain("__cxa_rethrow __cxa_throw_bad_array_new_length __cxa_call_unexpected __cxa_current_exception_type")
        // Runs the destructor of the exception if this was the last handler; __cxa_throw was given it.
        plain("__cxa_end_catch __cxa_get_globals __cxa_get_globals_fast")
        keeping("_ZSt17rethrow_exceptionNSt15__exception_ptr13exception_ptrE", [0])
        let pointer = "_ZNSt15__exception_ptr13exception_ptr"
        for name in ["C1Ev", "C2Ev", "D1Ev", "D2Ev", "10_M_releaseEv", "9_M_addrefEv"] { plain(pointer + name) }
        for name in ["C1ERKS0_", "C2ERKS0_", "aSERKS0_", "4swapERS0_"] {
            copying(pointer + name, to: 0, from: 1, size: nil, result: .argument(0))
        }
        plain(
            """
            _ZSt16__throw_bad_castv _ZSt17__throw_bad_allocv _ZSt18__throw_bad_typeidv _ZSt19__throw_ios_failurePKc
            _ZSt19__throw_logic_errorPKc _ZSt19__throw_range_errorPKc _ZSt20__throw_domain_errorPKc
            _ZSt20__throw_future_errori _ZSt20__throw_length_errorPKc _ZSt20__throw_out_of_rangePKc
            _ZSt20__throw_system_errori _ZSt21__throw_bad_exceptionv _ZSt21__throw_runtime_errorPKc
            _ZSt22__throw_overflow_errorPKc _ZSt23__throw_underflow_errorPKc _ZSt24__throw_invalid_argumentPKc
            _ZSt24__throw_out_of_range_fmtPKcz _ZSt25__throw_bad_function_callv _ZSt28__throw_bad_array_new_lengthv
            _ZSt19__throw_regex_errorNSt15regex_constants10error_typeE
            """)
    }

    /// Nodes of lists and trees: pointers to those that are passed are stored in one another, and in what they lead to.
    private mutating func addNodes() {
        func linking(_ names: String, _ arguments: ArgumentSet) {
            keeping(names, arguments)
            for name in Self.words(names) { change(name) { $0.linked = arguments } }
        }
        linking("_ZSt29_Rb_tree_insert_and_rebalancebPSt18_Rb_tree_node_baseS0_RS_", [1, 2, 3])
        linking("_ZSt28_Rb_tree_rebalance_for_erasePSt18_Rb_tree_node_baseRS_", [0, 1])
        linking("_ZSt20_Rb_tree_rotate_leftPSt18_Rb_tree_node_baseRS0_", [0, 1])
        linking("_ZSt21_Rb_tree_rotate_rightPSt18_Rb_tree_node_baseRS0_", [0, 1])
        linking("_ZNSt8__detail15_List_node_base7_M_hookEPS0_ _ZNSt8__detail15_List_node_base4swapERS0_S1_", [0, 1])
        linking("_ZNSt8__detail15_List_node_base11_M_transferEPS0_S1_", [0, 1, 2])
        plain("_ZNSt8__detail15_List_node_base9_M_unhookEv _ZNSt8__detail15_List_node_base10_M_reverseEv")
        change("_ZSt28_Rb_tree_rebalance_for_erasePSt18_Rb_tree_node_baseRS_") { $0.result = .unknown }
        // The next node, or the one before.
        plain(
            """
            _ZSt18_Rb_tree_incrementPSt18_Rb_tree_node_base _ZSt18_Rb_tree_incrementPKSt18_Rb_tree_node_base
            _ZSt18_Rb_tree_decrementPSt18_Rb_tree_node_base _ZSt18_Rb_tree_decrementPKSt18_Rb_tree_node_base
            """, result: .unknown)
    }
}
