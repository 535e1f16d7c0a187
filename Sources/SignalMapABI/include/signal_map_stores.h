#ifndef SIGNAL_MAP_STORES_H
#define SIGNAL_MAP_STORES_H

#include <stdint.h>

/* What is known of the cell that a store writes. */
enum dwm_place {
    DWM_ONE_PLACE = 0,     /* its keys and identity say it */
    DWM_ANY_PLACE,         /* nothing: may write anything of this width */
    DWM_KEPT_BYTES,        /* a call that writes bytes where a pointer in memory leads: any cell that is kept */
    DWM_KEPT,              /* a call of which nothing is known: any cell that is kept */
    DWM_KEPT_LATER,        /* as DWM_KEPT_BYTES, at any time after the call (aio_read(3)) */
    DWM_KEEPS,             /* nothing is written: the cell's address goes to memory or to another binary's function, so
                              it is kept from then on; of data that holds it from the start the word's address and
                              function 0 are told */
    DWM_KEEPS_POINTER      /* the same of a cell that holds a pointer */
};

/* A cell of memory that code writes: by keys, or by a variable's address. */
struct dwm_store {
    uint64_t address;      /* of the instruction */
    uint32_t function;
    uint32_t block;
    uint32_t keys;         /* key set; or none */
    uint32_t identity;     /* of the cell that is written, in full; or none */
    uint8_t width;         /* bytes; 0: any number */
    uint8_t has_constant;
    uint8_t how;           /* 0 plain, 1 exchange, 2 modify, 3 the constant's bits become 1, 4 they become 0 */
    uint8_t place;         /* enum dwm_place */
    uint32_t handed_to;    /* string: this function of another binary is handed the place, and may write it; or none */
    int64_t constant;
};

#endif
