// Every blocking primitive of Rust's standard library once: see zoo.h for what a zoo is.
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{mpsc, Arc, Barrier, Condvar, Mutex, Once, RwLock};
use std::thread;
use std::time::Duration;

extern "C" {
    fn gettid() -> i32;
}

static MUTEX: Mutex<i32> = Mutex::new(0);
static WRITTEN: RwLock<i32> = RwLock::new(0);
static READ: RwLock<i32> = RwLock::new(0);
static CONDVAR: Condvar = Condvar::new();
static CONDVAR_MUTEX: Mutex<i32> = Mutex::new(0);
static ONCE: Once = Once::new();
static HOLDER: AtomicI32 = AtomicI32::new(0);

fn own_tid() -> i32 {
    unsafe { gettid() }
}

fn rest() -> ! {
    loop {
        thread::sleep(Duration::from_secs(1000))
    }
}

fn sleeps(tid: i32) -> bool {
    let line = std::fs::read_to_string(format!("/proc/self/task/{tid}/stat")).unwrap_or_default();
    line.rsplit(')').next().map_or(false, |tail| tail.starts_with(" S"))
}

fn start(name: &'static str, run: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    thread::Builder::new().name(name.into()).spawn(run).unwrap()
}

fn put(name: &'static str, object: usize, owner: i32, block: impl FnOnce() + Send + 'static) {
    let tid = Arc::new(AtomicI32::new(0));
    let told = tid.clone();
    start(name, move || {
        println!("{name} {} {object:#x} {owner}", own_tid());
        told.store(own_tid(), Ordering::SeqCst);
        block()
    });
    let mut quiet = 0;
    while quiet < 3 {
        thread::sleep(Duration::from_millis(1));
        let tid = tid.load(Ordering::SeqCst);
        quiet = if tid != 0 && sleeps(tid) { quiet + 1 } else { 0 };
    }
}

fn address<T>(object: &T) -> usize {
    object as *const T as usize
}

fn main() {
    start("holder", || {
        let _mutex = MUTEX.lock();
        let _written = WRITTEN.write();
        let _read = READ.read();
        HOLDER.store(own_tid(), Ordering::SeqCst);
        rest()
    });
    while HOLDER.load(Ordering::SeqCst) == 0 {
        thread::sleep(Duration::from_millis(1));
    }
    put("mutex", address(&MUTEX), 0, || drop(MUTEX.lock()));
    put("rwlock-read", address(&WRITTEN), 0, || drop(WRITTEN.read()));
    put("rwlock-write", address(&WRITTEN), 0, || drop(WRITTEN.write()));
    put("rwlock-wr-rd", address(&READ), 0, || drop(READ.write()));
    put("condvar", address(&CONDVAR), 0, || {
        drop(CONDVAR.wait(CONDVAR_MUTEX.lock().unwrap()))
    });
    put("condvar-timed", address(&CONDVAR), 0, || {
        drop(CONDVAR.wait_timeout(CONDVAR_MUTEX.lock().unwrap(), Duration::from_secs(100000)))
    });
    put("once-runs", address(&ONCE), 0, || ONCE.call_once(|| rest()));
    put("once-waits", address(&ONCE), 0, || ONCE.call_once(|| {}));
    put("park", 0, 0, || thread::park());
    let (_sender, receiver) = mpsc::channel::<i32>();
    put("receive", 0, 0, move || drop(receiver.recv()));
    let joined = Arc::new(AtomicI32::new(0));
    let told = joined.clone();
    let target = start("joined", move || {
        told.store(own_tid(), Ordering::SeqCst);
        rest()
    });
    while joined.load(Ordering::SeqCst) == 0 {
        thread::sleep(Duration::from_millis(1));
    }
    put("join", 0, joined.load(Ordering::SeqCst), move || drop(target.join()));
    let barrier = Arc::new(Barrier::new(2));
    put("barrier", 0, 0, move || drop(barrier.wait()));
    println!("ready");
    rest()
}
