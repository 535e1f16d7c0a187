/* Calls back: its frame stands in the caller's stack. Loaded and unloaded by dump.c. */
void call_through(void (*routine)(void));
void call_through(void (*routine)(void)) {
    routine();
    __asm__ volatile("" ::: "memory");
}
