/* What chosen_library.c and chosen_program.c share. */
void chosen_run(int a);
void chosen_named(int a);
void chosen_set(void (*work)(int));
void chosen_all(void);
