// Rust's locks, conditions, channels and scoped threads, which are futexes of its own: what comes out is the same with
// and without a preloaded library.
use std::sync::{atomic::*, mpsc, Arc, Barrier, Condvar, Mutex, Once, OnceLock, RwLock};
use std::thread;
use std::time::Duration;

fn main() {
    let pair = Arc::new((Mutex::new(0), Condvar::new()));
    let waiters: Vec<_> = (0..6)
        .map(|_| {
            let pair = Arc::clone(&pair);
            thread::spawn(move || {
                let mut ready = pair.0.lock().unwrap();
                while *ready == 0 {
                    ready = pair.1.wait(ready).unwrap();
                }
                *ready -= 1;
            })
        })
        .collect();
    for i in 0..6 {
        *pair.0.lock().unwrap() += 1;
        if i < 3 { pair.1.notify_one() } else { pair.1.notify_all() }
    }
    for waiter in waiters {
        waiter.join().unwrap();
    }
    let guard = pair.0.lock().unwrap();
    let (guard, result) = pair.1.wait_timeout(guard, Duration::from_millis(3)).unwrap();
    println!("left {}, timed out {}", *guard, result.timed_out());
    drop(guard);

    let (sender, receiver) = mpsc::channel();
    for i in 0..4 {
        let sender = sender.clone();
        thread::spawn(move || (0..100).for_each(|j| sender.send(i * 100 + j).unwrap()));
    }
    drop(sender);
    println!("sum {}", receiver.iter().sum::<i32>());
    let (narrow, end) = mpsc::sync_channel(0);
    let feeder = thread::spawn(move || (0..50).all(|i| narrow.send(i).is_ok()));
    println!("narrow {}", end.iter().count());
    println!("fed {}", feeder.join().unwrap());

    let lock = RwLock::new(0);
    let count = AtomicUsize::new(0);
    let barrier = Barrier::new(4);
    let once = Once::new();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                once.call_once(|| {
                    thread::sleep(Duration::from_millis(2));
                    count.fetch_add(1, Ordering::Relaxed);
                });
                for _ in 0..500 {
                    let _ = *lock.read().unwrap();
                    *lock.write().unwrap() += 1;
                }
                barrier.wait();
            });
        }
    });
    println!("written {}, once {}", *lock.read().unwrap(), count.load(Ordering::Relaxed));

    let parked = thread::spawn(|| {
        thread::park();
        thread::park_timeout(Duration::from_millis(2));
        "unparked"
    });
    thread::sleep(Duration::from_millis(5));
    parked.thread().unpark();
    println!("{}", parked.join().unwrap());
    std::panic::set_hook(Box::new(|_| {}));
    println!("panicked {}", thread::spawn(|| panic!("on purpose")).join().is_err());
    let poisoned = Arc::new(Mutex::new(1));
    let other = Arc::clone(&poisoned);
    let _ = thread::spawn(move || {
        let _guard = other.lock().unwrap();
        panic!("on purpose");
    })
    .join();
    println!("poisoned {}", poisoned.lock().is_err());
    static CELL: OnceLock<i32> = OnceLock::new();
    println!("cell {}", CELL.get_or_init(|| 4));
    let named = thread::Builder::new().name("a-worker".into()).stack_size(64 << 10);
    println!("{}", named.spawn(|| thread::current().name().unwrap().to_owned()).unwrap().join().unwrap());
    let status = std::process::Command::new("sh").args(["-c", "exit 6"]).status().unwrap();
    println!("child {}", status.code().unwrap());
}
