// What virtual_library.cpp, virtual_middle.cpp and virtual_program.cpp share.
struct Task {
    virtual ~Task();
    virtual void run(int a) = 0;
    virtual void stop(int a);
};
struct Named {
    virtual ~Named();
    virtual void name(int a);
    virtual void rename(int a);
};
// Without functions outside the class: nobody exports its table.
struct Plain {
    virtual void act(int) {}
};

// Of the middle library: the program derives from it without knowing what it derives from, and from one with a virtual
// base.
struct Chain : Named, Task {
    void run(int a) override;
    virtual void link(int a);
};
struct Ring : virtual Task {
    void run(int a) override;
    virtual void turn(int a);
};

extern "C" {
void library_runs(Task *task);
void library_names(Named *named);
void library_acts(Plain *plain);
}
