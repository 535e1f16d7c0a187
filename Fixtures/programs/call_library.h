/* What call_library.c and call_program.c share. */
struct library_methods {
    int (*compare)(const void *, const void *, long);
    void (*unused)(long, long, long);
};
typedef void (*library_visitor)(long, int);
extern void (*library_hook)(int, int, int);
void library_set_methods(const struct library_methods *methods);
int library_compare(long a);
void library_visit(library_visitor visit);
void library_call_hook(void);
