struct Task {
    virtual ~Task();
    virtual int run() = 0;
    virtual int cost() const;
};

struct Cheap : Task {
    int run() override;
};

// Without a function of its own outside the class: every module that uses it has its table.
struct Shared : Task {
    int run() override { return 3; }
};

int total(Task &task);
