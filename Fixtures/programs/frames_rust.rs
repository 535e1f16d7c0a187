//! frames_rust: Rust threads blocked under closures, traits, generics, iterators and a panic that is caught.
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, RwLock, mpsc};
use std::thread;
use std::time::Duration;

static NEVER_FREE: Mutex<u32> = Mutex::new(0);

#[inline(never)]
fn block(value: u32) -> u32 {
    *NEVER_FREE.lock().unwrap() + value
}

trait Shape {
    fn area(&self) -> u32;
}

struct Square(u32);
struct Boxed<T>(T);

impl Shape for Square {
    #[inline(never)]
    fn area(&self) -> u32 {
        block(self.0) * self.0
    }
}

impl<T: Shape> Shape for Boxed<T> {
    #[inline(never)]
    fn area(&self) -> u32 {
        self.0.area() + 1
    }
}

mod engine {
    pub mod cache {
        #[inline(never)]
        pub fn evict<F: Fn(u32) -> u32>(pages: &[u32], choose: F) -> u32 {
            pages.iter().map(|&page| choose(page) + 1).sum()
        }
    }
}

struct BlocksWhenDropped;

impl Drop for BlocksWhenDropped {
    #[inline(never)]
    fn drop(&mut self) {
        block(7);
    }
}

fn main() {
    let guard = NEVER_FREE.lock().unwrap();
    let condition = Arc::new((Mutex::new(false), Condvar::new()));
    let shared = Arc::new(RwLock::new(BTreeMap::from([(1u32, "one")])));
    let held = shared.write().unwrap();
    let (sender, receiver) = mpsc::channel::<u32>();
    std::panic::set_hook(Box::new(|_| {}));

    let spawn = |name: &str, body: Box<dyn FnOnce() + Send>| {
        thread::Builder::new().name(name.to_string()).spawn(body).unwrap()
    };
    spawn("dyn", Box::new(|| {
        let shape: Box<dyn Shape> = Box::new(Boxed(Square(3)));
        println!("{}", shape.area());
    }));
    spawn("iterator", Box::new(|| {
        println!("{}", engine::cache::evict(&[1, 2, 3], |page| block(page) + 2));
    }));
    spawn("panic", Box::new(|| {
        let _ = std::panic::catch_unwind(|| {
            let _blocks = BlocksWhenDropped;
            panic!("unwinding");
        });
    }));
    let waited = Arc::clone(&condition);
    spawn("condvar", Box::new(move || {
        let (mutex, condvar) = &*waited;
        let mut done = mutex.lock().unwrap();
        while !*done {
            done = condvar.wait(done).unwrap();
        }
    }));
    let read = Arc::clone(&shared);
    spawn("rwlock", Box::new(move || println!("{}", read.read().unwrap().len())));
    spawn("channel", Box::new(move || println!("{:?}", receiver.recv())));
    spawn("park", Box::new(thread::park));
    spawn("sleep", Box::new(|| thread::sleep(Duration::from_secs(100_000))));

    thread::sleep(Duration::from_millis(500));
    println!("ready {}", std::process::id());
    std::io::stdout().flush().unwrap();
    thread::sleep(Duration::from_secs(100_000));
    drop((guard, held, sender, condition));
}
