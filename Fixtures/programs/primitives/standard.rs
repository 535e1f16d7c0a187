// One use of each part of Rust's standard library that waits, signals, locks, creates or joins. Never run.
use std::sync::{mpsc, Arc, Barrier, Condvar, Mutex, Once, RwLock};
use std::thread;
use std::time::Duration;

static MUTEX: Mutex<i32> = Mutex::new(0);
static CONDITION: Condvar = Condvar::new();
static LOCK: RwLock<i32> = RwLock::new(0);
static ONCE: Once = Once::new();

#[inline(never)]
fn conditions() {
    let mut guard = MUTEX.lock().unwrap();
    while *guard == 0 {
        guard = CONDITION.wait(guard).unwrap();
    }
    let (guard, _) = CONDITION.wait_timeout(guard, Duration::from_secs(1)).unwrap();
    drop(guard);
    CONDITION.notify_one();
    CONDITION.notify_all();
}

#[inline(never)]
fn locks() {
    let value = *LOCK.read().unwrap();
    *LOCK.write().unwrap() = value;
    ONCE.call_once(|| println!("once"));
}

#[inline(never)]
fn parking() {
    let thread = thread::current();
    thread::park();
    thread::park_timeout(Duration::from_secs(1));
    thread.unpark();
    thread::sleep(Duration::from_secs(1));
}

#[inline(never)]
fn threads() {
    let (sender, receiver) = mpsc::channel::<i32>();
    let barrier = Arc::new(Barrier::new(2));
    let other = barrier.clone();
    let handle = thread::spawn(move || {
        other.wait();
        sender.send(1).unwrap();
    });
    barrier.wait();
    println!("{:?}", receiver.recv());
    handle.join().unwrap();
}

fn main() {
    conditions();
    locks();
    parking();
    threads();
}
