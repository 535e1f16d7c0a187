/* The signal map of one binary: who could signal what, as records that a file holds and memory maps.
 *
 * A file is a header, a directory of sections, and the sections: arrays of the records below, little-endian, each
 * section aligned to 8 bytes. An index is a place in another section's array; DWM_NONE is none. Where a record says
 * "first", its stretch ends where the next record's begins; each such section has one more record at its end that
 * closes the last stretch. Addresses are the binary's own, as its linker left them. Nothing in a file may be believed:
 * readers check every index. The format's rules are on the documentation page "Signal map files". */
#ifndef SIGNAL_MAP_H
#define SIGNAL_MAP_H

#include <stdint.h>

#include "signal_map_stores.h"

/* FNV-1a over 64-bit words in four lanes, `size` being a multiple of 8; goes on from `seed`, which is 0 at first. The
 * lanes are for speed: a map is checked whenever it is opened. */
uint64_t dwm_checksum(const void *bytes, uint64_t size, uint64_t seed);

/* Whether the 32-bit words at `column` and every `stride` bytes behind it, `count` of them, never fall and never exceed
 * `limit`: what the "first" of records has to be. */
int dwm_rises(const void *column, uint64_t stride, uint64_t count, uint32_t limit);

#define DWM_MAGIC "DWMAP\r\n\x1a"
#define DWM_VERSION 9u
#define DWM_NONE 0xffffffffu

enum dwm_section_kind {
    DWM_STRINGS = 1,      /* bytes; a string is 4 bytes of length and its bytes in UTF-8 */
    DWM_FUNCTIONS,        /* dwm_function, by address, and a closing one */
    DWM_PARTS,            /* dwm_part, by address: all ranges of all functions */
    DWM_BLOCKS,           /* dwm_block, and a closing one */
    DWM_SUCCESSORS,       /* uint32_t: blocks */
    DWM_CALLS,            /* dwm_call, by function; an instruction that may go several ways has several in a row */
    DWM_TARGET_SETS,      /* dwm_target_set */
    DWM_TARGET_LISTS,     /* dwm_target_list, and a closing one */
    DWM_CELLS,            /* dwm_cell */
    DWM_TARGETS,          /* uint32_t: a function, or with DWM_IMPORTED a string: the symbol's name */
    DWM_OPERATIONS,       /* dwm_operation, by function and call */
    DWM_IDENTITIES,       /* dwm_identity, and a closing one */
    DWM_HOPS,             /* dwm_hop */
    DWM_KEY_SETS,         /* dwm_key_set, and a closing one */
    DWM_KEYS,             /* uint32_t: members */
    DWM_MEMBERS,          /* dwm_member, each once */
    DWM_STORES,           /* dwm_store, by function and address */
    DWM_LOOPS,            /* dwm_loop, by call, and a closing one */
    DWM_PREDICATES,       /* dwm_predicate, by loop */
    DWM_SLOTS,            /* dwm_slot, by cell: which functions a cell of memory may hold */
    DWM_SOURCES,          /* dwm_source, by cell: which objects a pointer cell may point to */
    DWM_EXPORTS,          /* dwm_export, by name */
    DWM_CALLBACKS,        /* dwm_callback: functions that code elsewhere may call at any time */
    DWM_LINES,            /* dwm_line, by address */
    DWM_GAPS,             /* dwm_gap */
    DWM_CLASS_PLACES,     /* dwm_class_place, by table: whose objects lead to a virtual table */
    DWM_CLASS_TABLES,     /* dwm_class_table, and a closing one */
    DWM_CLASS_ENTRIES,    /* uint32_t: a function, or with DWM_IMPORTED a string: the symbol's name; or none */
    DWM_VARIANTS,         /* dwm_variant, and a closing one: functions as calls with constants run them */
    DWM_VARIANT_BLOCKS,   /* uint32_t: blocks that cannot be taken */
    DWM_VARIANT_CALLS,    /* dwm_variant_call, by variant and call */
    DWM_CONSTANT_CALLS,   /* dwm_variant_call, by call: of the functions as they are */
    DWM_SECTION_LIMIT
};

struct dwm_header {
    uint8_t magic[8];
    uint32_t version;
    uint32_t section_count;
    uint64_t file_size;
    uint8_t build_id[64];
    uint32_t build_id_size;
    uint32_t path;         /* string: the file that was read */
    uint32_t machine;      /* ELF's e_machine */
    uint32_t knowledge;    /* enum dwm_knowledge */
    uint64_t checksum;     /* dwm_checksum of the file with 0 in this place */
    uint64_t instructions; /* how many were read */
};

struct dwm_section {
    uint32_t kind;
    uint32_t record_size;
    uint64_t offset;
    uint64_t count;
};

/* What the map was made from. */
enum dwm_knowledge { DWM_STRIPPED = 0, DWM_SYMBOLS = 1, DWM_DEBUG_INFORMATION = 2 };

enum dwm_function_flag {
    DWM_EXPORTED = 1 << 0,
    DWM_ADDRESS_TAKEN = 1 << 1,
    DWM_NEVER_RETURNS = 1 << 2,
    DWM_START_ROUTINE = 1 << 3,  /* some creation names it */
    DWM_GUESSED_FLOW = 1 << 4,   /* some jump was not understood: code counts as reachable */
    DWM_LOST = 1 << 5,           /* interpretation lost something: what it does may be more than is written */
    DWM_INITIALIZER = 1 << 6,    /* run by the dynamic linker */
    DWM_RETURNS_TWICE = 1 << 7,  /* calls setjmp or the like: control may come back to such a call */
    DWM_ESCAPED = 1 << 8         /* its address went where the analysis does not follow: anybody may call it */
};

struct dwm_function {
    uint64_t start;
    uint64_t end;          /* of its root range */
    uint32_t name;         /* string, the linker's name; DWM_NONE in stripped binaries */
    uint32_t flags;
    uint32_t first_block;
    uint32_t first_call;
    uint32_t first_operation;
    uint32_t first_store;
};

struct dwm_part {
    uint64_t start;
    uint64_t end;
    uint32_t function;
    uint32_t reserved;
};

struct dwm_block {
    uint64_t start;
    uint32_t first_successor;
    uint32_t size; /* bytes */
};

/* A function as calls with constants run it: all but these blocks, its calls but for those listed. Only the calls of
 * DWM_CONSTANT_CALLS and DWM_VARIANT_CALLS lead here; whoever else runs it, or stands in it, may run all of it. */
struct dwm_variant {
    uint32_t function;
    uint32_t first_block;
    uint32_t first_call;
    uint32_t reserved;
};

struct dwm_variant_call {
    uint32_t call;
    uint32_t variant;     /* of the callee; or none: the call is not made */
};

/* How sure an edge of the call graph is, from strong to weak; also of operations and of matches. */
enum dwm_level {
    DWM_DIRECT = 0,       /* the instruction names it */
    DWM_TABLE,            /* a cell that is written in ways that are all understood holds it */
    DWM_PARAMETER,        /* handed down by callers that are all known */
    DWM_CLASS,            /* a virtual call of a known class */
    DWM_PROTOTYPE,        /* not understood: all of the same prototype whose address is taken */
    DWM_OFFSET,           /* not understood: all that are stored at the same offset of anything */
    DWM_ANY               /* not understood: all whose address is taken */
};

enum dwm_call_kind {
    DWM_CALL_TARGETS = 0, /* a target set */
    DWM_CALL_FUNCTION,    /* a function of this binary */
    DWM_CALL_SYMBOL,      /* a string: what the dynamic linker binds */
    DWM_CALL_SYSTEM,      /* the kernel */
    DWM_CALL_UNKNOWN
};

struct dwm_call {
    uint64_t address;
    uint32_t length;      /* of the instruction; address + length is the return address; 0: a tail call */
    uint32_t block;
    uint32_t target;
    uint8_t kind;         /* enum dwm_call_kind */
    uint8_t level;        /* enum dwm_level */
    uint8_t is_callback;  /* the callee is not called here: it is handed to a function that calls it at once */
    uint8_t reserved;
};

enum dwm_openness {
    DWM_CLOSED = 0,
    DWM_OPEN = 1,          /* not understood: there may be others anywhere */
    DWM_OPEN_TO_BINARIES = 2 /* other binaries may add some: they derive from the class, or were handed its place */
};

struct dwm_target_set {
    uint32_t list;        /* target list; sets that differ in how sure they are share one */
    uint8_t level;        /* the weakest of its edges */
    uint8_t is_open;      /* enum dwm_openness: there may be others */
    uint16_t cell_count;
    uint32_t first_cell;  /* of the cells it is loaded from, to be joined with what other binaries store there */
    uint32_t slot_offset; /* of a virtual call: bytes from the address point; or none */
};

struct dwm_target_list {
    uint32_t first_target;
    uint32_t reserved;
};

enum dwm_cell_kind {
    DWM_CELL_MEMBER = 1,  /* `value` is a member */
    DWM_CELL_VARIABLE,    /* of a symbol that other modules see: its string, and bytes into it */
    DWM_CELL_PARAMETER,   /* argument `offset` of an exported function: its symbol's string */
    DWM_CELL_ADDRESS,     /* a variable of this binary alone, at address `offset` */
    DWM_CELL_CLASS        /* of a virtual call: the string `value` names the class that it knows the object by, mangled
                           * where this binary knows the type_info, else as debug information does; `offset` is where
                           * in such an object the pointer to the table is */
};

/* Where a function pointer is kept, in words that other binaries share. */
struct dwm_cell {
    uint32_t kind;        /* enum dwm_cell_kind */
    uint32_t value;       /* or none */
    int64_t offset;
};
#define DWM_IMPORTED 0x80000000u

enum dwm_action {
    DWM_WAIT = 1,
    DWM_SIGNAL,
    DWM_CREATE,
    DWM_JOIN,
    DWM_ACQUIRE,
    DWM_RELEASE,
    DWM_INITIALIZE,
    DWM_DESTROY
};

enum dwm_operation_flag {
    DWM_TIMED = 1 << 0,
    DWM_WAKES_ALL = 1 << 1,
    DWM_LIFTED = 1 << 2,     /* at a call of a wrapper; `origin` is the call of the primitive itself */
    DWM_PARAMETRIC = 1 << 3, /* hangs on the function's own parameters: holds where callers are not known */
    DWM_WEAK = 1 << 4,       /* lifting ended before the identity was decided */
    DWM_HANDED = 1 << 5      /* it is handed to another binary's function, which `primitive` names: that may do this */
};

/* Something that a call does to an object, where the object is decided: wrappers have none of their own. */
struct dwm_operation {
    uint32_t call;         /* in the function that it counts for */
    uint32_t function;
    uint32_t origin;       /* call of the primitive; the same as `call` where nothing was lifted; or none (system call) */
    uint32_t identity;
    uint32_t lock;         /* identity of the lock that a wait gives up; or none */
    uint32_t targets;      /* of a creation its start routines: a target set */
    uint32_t primitive;    /* string: its name */
    uint8_t action;        /* enum dwm_action */
    uint8_t object;        /* kind, as Primitive.Object numbers them */
    uint16_t flags;
    uint32_t reserved;
};

enum dwm_hop_kind {
    DWM_HOP_MEMBER = 1, /* the object before it is this member of what follows */
    DWM_HOP_POINTER,    /* what came before was reached through a pointer in this member of what follows */
    DWM_HOP_GLOBAL,     /* a variable: its symbol, or its address; `offset` into it */
    DWM_HOP_ELEMENT,    /* an element of the variable, which one is not known */
    DWM_HOP_STACK,      /* a local of `function`; `offset` from its stack pointer at entry */
    DWM_HOP_ALLOCATION, /* what the call `call` allocated */
    DWM_HOP_THREAD_LOCAL,
    DWM_HOP_PARAMETER,  /* a parameter of `function`, its number in `offset` */
    DWM_HOP_UNKNOWN     /* may be anything */
};

/* Which object, from the object itself outwards: its member, the pointer it was reached by, and so on to a root. */
struct dwm_identity {
    uint32_t first_hop;
    uint32_t flags;        /* reserved */
};

struct dwm_hop {
    uint8_t kind;          /* enum dwm_hop_kind */
    uint8_t is_whole;      /* the member is known to be the object or pointer itself, not a guess by offset */
    uint8_t is_symbol;     /* `name` is what other binaries know the variable by */
    uint8_t reserved;
    uint32_t keys;         /* key set, where the member is known; or none */
    uint32_t name;         /* string: the variable's symbol or name; or none */
    uint32_t function;     /* of a local, a parameter or an allocation; or none */
    int64_t offset;        /* bytes: of the member where no key is known, into the variable, from the stack pointer; of
                            * an allocation the address of the allocator's call */
    uint64_t address;      /* of a variable; of the outermost call that allocated, 0: callers differ */
};

struct dwm_key_set {
    uint32_t first_key;
    uint32_t reserved;
};

/* A member of a structure. Binaries agree on it by the names and the offset. */
struct dwm_member {
    uint32_t structure;    /* string */
    uint32_t name;         /* string; empty for one without */
    uint64_t offset;
    uint32_t type;         /* string, for people */
    uint32_t size;         /* of the structure */
};

enum dwm_loop_kind {
    DWM_NO_LOOP = 0,       /* the wait is in no loop of its function */
    DWM_PURE_LOOP,         /* nothing but the wait, its lock, and tests of memory and of the wait's own result */
    DWM_WORKING_LOOP       /* it does something else at each turn */
};

/* A loop around a call that waits: of pure ones each, the innermost first. */
struct dwm_loop {
    uint32_t call;
    uint32_t function;
    uint8_t kind;          /* enum dwm_loop_kind */
    uint8_t leaves_on_result; /* some way out hangs on what the wait returns */
    uint8_t leaves_otherwise; /* some way out was not understood, or hangs on a local or on time */
    uint8_t works_aside;   /* a wrapper of the wait does more on some way: what it calls counts as the thread's doing */
    uint32_t first_predicate;
};

/* A test of memory that leads out of a loop. */
struct dwm_predicate {
    uint64_t address;      /* of the jump */
    uint32_t loop;
    uint32_t keys;         /* what it reads; or none */
    uint32_t identity;     /* of the cell, in full; or none */
    uint8_t condition;     /* the machine's, DWI_EQUAL and so on; 255: only that it depends on the cell is known */
    uint8_t is_mask;
    uint8_t leaves_when;   /* the loop is left when the condition holds (1) or does not (0) */
    uint8_t width;
    int64_t constant;
    uint8_t has_constant;
    uint8_t reserved[7];
};

/* Functions that a cell may hold. */
struct dwm_slot {
    uint32_t cell;
    uint32_t targets;      /* target set */
};

enum dwm_source_kind {
    DWM_SOURCE_FRESH = 1,  /* `address`: the outermost call that allocates, or 0; `value`: low half of the innermost */
    DWM_SOURCE_MEMBER,     /* whatever the member `value` holds */
    DWM_SOURCE_INSIDE,     /* the member `value` itself, as part of its structure */
    DWM_SOURCE_GLOBAL,     /* what lies at `address`; of another binary's variable the string `value` and an offset */
    DWM_SOURCE_STACK,      /* a local of the function `value` */
    DWM_SOURCE_VARIABLE,   /* whatever the variable at `address` holds; of another binary the string `value`'s */
    DWM_SOURCE_UNKNOWN,
    DWM_SOURCE_HANDED      /* another binary's function, the string `value`, was handed all that `member` is part of */
};

/* What a pointer in a cell may point to; without member and variable: stored where the place is not known. */
struct dwm_source {
    uint32_t member;       /* or none */
    uint32_t variable;     /* string, where other binaries know the variable by it; or none */
    uint64_t cell;         /* address of the variable; 0: of a member, or not known */
    uint32_t kind;         /* enum dwm_source_kind */
    uint32_t value;
    uint64_t address;
};

/* Objects that are known as being of a class lead to a table: by a pointer that many bytes behind where they begin. */
struct dwm_class_place {
    int64_t pointer;       /* INT64_MIN: not known */
    uint32_t name;         /* string: the class, mangled, as type_info has it */
    uint32_t table;
    uint32_t is_own;       /* the table is of that class itself, not of one derived from it */
    uint32_t may_move;     /* the class has virtual bases: in derived objects they lie elsewhere */
};

/* A virtual table: what stands in each word from its address point on. */
struct dwm_class_table {
    uint32_t first_entry;
    uint32_t reserved;
};

struct dwm_export {
    uint32_t name;         /* string */
    uint32_t function;
    uint32_t targets;      /* of a symbol that a resolver chooses for (STT_GNU_IFUNC): a target set, what calls of the
                            * name reach, `function` being the resolver; else none */
};

struct dwm_callback {
    uint32_t function;
    uint32_t how;          /* string: what registered it */
    uint32_t where;        /* call; or none */
    uint32_t reserved;
};

struct dwm_line {
    uint64_t address;      /* of a call, store or function */
    uint32_t file;         /* string */
    uint32_t line;
};

struct dwm_gap {
    uint32_t operation;    /* string */
    uint32_t reason;       /* string */
    uint32_t function;     /* or none */
    uint32_t reserved;
};

#endif
