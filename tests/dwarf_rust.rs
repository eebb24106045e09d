// SPDX-License-Identifier: MIT
// As dwarf_c.c: what only Rust has. Where a field lies is what its address says, in a value of its
// own: the compiler may put them in any order.
#![allow(dead_code)]
use std::cell::{Cell, UnsafeCell};
use std::mem::{size_of_val, MaybeUninit};
use std::num::{NonZeroU32, NonZeroU64, Wrapping};
use std::ptr::addr_of;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicPtr, AtomicU16, AtomicU32, AtomicUsize};

pub mod outer {
    pub mod inner {
        #[repr(C)]
        #[derive(Default)]
        pub struct Deep {
            pub a: u8,
            pub b: u64,
        }
        #[derive(Default)]
        pub struct Pair<T, const N: usize>
        where
            [T; N]: Default,
        {
            pub x: T,
            pub many: [T; N],
        }
    }
}
use outer::inner::{Deep, Pair};

#[repr(C)]
pub struct Shared {
    byte: u8,
    word: u64,
    bytes: [u8; 5],
    numbers: [u32; 3],
    grid: [[i16; 3]; 2],
    truth: bool,
    letter: char,
    wide: u128,
    wide_signed: i128,
    single: f32,
    double: f64,
    size: usize,
    signed: isize,
    atomic: AtomicU32,
    atomic_short: AtomicU16,
    atomic_truth: AtomicBool,
    atomic_signed: AtomicI64,
    atomic_size: AtomicUsize,
    atomics: [AtomicU32; 4],
    pointer: *const u8,
    atomic_pointer: AtomicPtr<u8>,
    nothing: (),
    deep: Deep,
    deeps: [Deep; 2],
    end: u8,
}

pub struct Loose {
    a: u8,
    b: u64,
    c: u16,
    d: u32,
    pair: Pair<u16, 3>,
    tuple: (u8, u32, u16),
    new: New,
    cell: Cell<u32>,
    unsafe_cell: UnsafeCell<u64>,
    maybe: MaybeUninit<u32>,
    wrapping: Wrapping<i16>,
    not_zero: NonZeroU64,
    text: &'static str,
    list: Vec<u16>,
    choice: Union,
    looks_atomic: AtomicLookalike,
}

pub struct New(u64);

pub struct AtomicLookalike {
    first: u32,
    second: u32,
}

pub union Union {
    int: u32,
    float: f64,
}

pub enum Plain {
    A,
    B,
}

#[repr(i16)]
pub enum Numbered {
    Below = -3,
    Above = 700,
}

pub enum Data {
    Unit,
    Tuple(u32, u8),
    Named { x: u64, y: u16 },
}

#[repr(C)]
pub enum CData {
    Unit,
    Named { x: u64, y: u16 },
}

pub struct Choices {
    option: Option<u32>,
    none: Option<u32>,
    niche: Option<NonZeroU32>,
    no_niche: Option<NonZeroU32>,
    boxed: Option<Box<u32>>,
    no_box: Option<Box<u32>>,
    twice: Option<Option<bool>>,
    letter: Option<char>,
    result: Result<u8, u16>,
    plain: Plain,
    numbered: Numbered,
    data: Data,
    other: Data,
    c_data: CData,
}

macro_rules! row {
    ($name:expr, $object:expr, $field:ident, $type:expr) => {
        row!($name, $object, $field, stringify!($field), $type)
    };
    ($name:expr, $object:expr, $($field:tt).+, $label:expr, $type:expr) => {{
        let base = addr_of!($object) as usize;
        let at = addr_of!($object.$($field).+) as usize - base;
        println!("{}\t{}\t{}\t{}\t{}", $name, $label, at, size_of_val(&$object.$($field).+), $type);
    }};
}

fn shared() -> Shared {
    unsafe { MaybeUninit::zeroed().assume_init() }
}

fn say_shared() {
    let s = shared();
    row!("Shared", s, byte, "unsigned char");
    row!("Shared", s, word, "unsigned long");
    row!("Shared", s, bytes, "bytes");
    row!("Shared", s, numbers, "unsigned int[3]");
    row!("Shared", s, grid, "short[2][3]");
    row!("Shared", s, truth, "_Bool");
    row!("Shared", s, letter, "char32_t");
    row!("Shared", s, wide, "unsigned __int128");
    row!("Shared", s, wide_signed, "__int128");
    row!("Shared", s, single, "float");
    row!("Shared", s, double, "double");
    row!("Shared", s, size, "unsigned long");
    row!("Shared", s, signed, "long");
    row!("Shared", s, atomic, "unsigned int");
    row!("Shared", s, atomic_short, "unsigned short");
    row!("Shared", s, atomic_truth, "-");
    row!("Shared", s, atomic_signed, "long");
    row!("Shared", s, atomic_size, "unsigned long");
    row!("Shared", s, pointer, "u8 *");
    row!("Shared", s, atomic_pointer, "u8 *");
    row!("Shared", s, deep.b, "deep.b", "unsigned long");
    row!("dwarf_rust::Shared", s, end, "unsigned char");
    println!(
        "Shared\tdeeps[1].b\t{}\t8\tunsigned long",
        addr_of!(s.deeps[1].b) as usize - addr_of!(s) as usize
    );
    println!(
        "Shared\tatomics[3]\t{}\t4\tunsigned int",
        addr_of!(s.atomics[3]) as usize - addr_of!(s) as usize
    );
    row!("outer::inner::Deep", s.deep, b, "unsigned long");
    row!("dwarf_rust::outer::inner::Deep", s.deep, a, "unsigned char");
}

fn loose() -> Loose {
    Loose {
        a: 1,
        b: 2,
        c: 3,
        d: 4,
        pair: Pair::default(),
        tuple: (1, 2, 3),
        new: New(5),
        cell: Cell::new(6),
        unsafe_cell: UnsafeCell::new(7),
        maybe: MaybeUninit::new(8),
        wrapping: Wrapping(9),
        not_zero: NonZeroU64::new(10).unwrap(),
        text: "text",
        list: vec![1],
        choice: Union { int: 11 },
        looks_atomic: AtomicLookalike {
            first: 12,
            second: 13,
        },
    }
}

fn say_loose() {
    let l = loose();
    row!("Loose", l, a, "unsigned char");
    row!("Loose", l, b, "unsigned long");
    row!("Loose", l, c, "unsigned short");
    row!("Loose", l, d, "unsigned int");
    row!("Loose", l, pair.x, "pair.x", "unsigned short");
    row!("Loose", l, pair.many, "pair.many", "unsigned short[3]");
    row!("Loose", l, tuple.0, "tuple.__0", "unsigned char");
    row!("Loose", l, tuple.1, "tuple.__1", "unsigned int");
    row!("Loose", l, new.0, "new.__0", "unsigned long");
    row!("Loose", l, cell, "unsigned int");
    row!("Loose", l, unsafe_cell, "unsigned long");
    row!("Loose", l, maybe, "unsigned int");
    row!("Loose", l, wrapping, "short");
    row!("Loose", l, not_zero, "unsigned long");
    row!(
        "Loose",
        l,
        looks_atomic.second,
        "looks_atomic.second",
        "unsigned int"
    );
    println!(
        "Loose\ttext.length\t{}\t8\tunsigned long",
        addr_of!(l.text) as usize - addr_of!(l) as usize + 8
    );
    println!(
        "Loose\tchoice.float\t{}\t8\tdouble",
        addr_of!(l.choice) as usize - addr_of!(l) as usize
    );
    row!("Pair<u16, 3>", l.pair, x, "unsigned short");
    row!(
        "outer::inner::Pair<u16,3>",
        l.pair,
        many,
        "unsigned short[3]"
    );
}

fn say_bytes<T>(name: &str, value: &T, values: &str) {
    let bytes = value as *const T as *const u8;
    print!("bytes\t{}\t", name);
    for i in 0..std::mem::size_of::<T>() {
        print!("{:02x}", unsafe { bytes.add(i).read() });
    }
    println!("\nvalues\t{}", values);
}

fn choices() -> Choices {
    Choices {
        option: Some(77),
        none: None,
        niche: NonZeroU32::new(5),
        no_niche: None,
        boxed: Some(Box::new(1)),
        no_box: None,
        twice: Some(None),
        letter: Some('ä'),
        result: Err(300),
        plain: Plain::B,
        numbered: Numbered::Below,
        data: Data::Named {
            x: 123456789,
            y: 99,
        },
        other: Data::Tuple(42, 7),
        c_data: CData::Named { x: 1, y: 2 },
    }
}

fn say_choices() {
    let c = choices();
    say_bytes(
        "Choices",
        &c,
        "option=Some option.Some.__0=77 none=None niche=Some niche.Some.__0=5 no_niche=None \
         boxed=Some no_box=None twice=Some twice.Some.__0=None letter=Some letter.Some.__0=ä \
         result=Err result.Err.__0=300 plain=B numbered=Below data=Named data.Named.x=123456789 \
         data.Named.y=99 other=Tuple other.Tuple.__0=42 other.Tuple.__1=7 c_data=Named \
         c_data.Named.x=1 c_data.Named.y=2",
    );
    if let Data::Named { x, .. } = &c.data {
        let at = x as *const u64 as usize - addr_of!(c) as usize;
        println!("Choices\tdata.Named.x\t{}\t8\tunsigned long", at);
    }
}

fn say_local() {
    struct Local {
        small: u8,
        large: u64,
    }
    let local = Local { small: 1, large: 2 };
    row!("Local", local, small, "unsigned char");
    row!("say_local::Local", local, large, "unsigned long");
}

fn main() {
    say_shared();
    say_loose();
    say_choices();
    say_local();
}
