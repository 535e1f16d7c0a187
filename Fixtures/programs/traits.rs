// Trait objects: calls go through tables that the compiler lays out.
use std::hint::black_box;

trait Speak {
    fn speak(&self) -> u64;
    fn loud(&self) -> u64 {
        self.speak() * 2
    }
}

struct Dog {
    name: String,
}
struct Cat(u32);

impl Speak for Dog {
    #[inline(never)]
    fn speak(&self) -> u64 {
        self.name.len() as u64
    }
}

impl Speak for Cat {
    #[inline(never)]
    fn speak(&self) -> u64 {
        self.0 as u64
    }
    #[inline(never)]
    fn loud(&self) -> u64 {
        black_box(7)
    }
}

#[inline(never)]
fn all(speakers: &[Box<dyn Speak>]) -> u64 {
    speakers.iter().map(|speaker| speaker.speak() + speaker.loud()).sum()
}

fn main() {
    let speakers: Vec<Box<dyn Speak>> = vec![Box::new(Dog { name: black_box("rex").to_string() }), Box::new(Cat(9))];
    println!("ready {}", all(black_box(&speakers)));
}
