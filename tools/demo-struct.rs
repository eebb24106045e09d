// SPDX-License-Identifier: MIT
// For ./demo: as demo-struct.c, in Rust, with no crate. Its fields lie where the compiler likes.
use std::ffi::CString;
use std::os::raw::{c_char, c_int, c_uint, c_void};

extern "C" {
    fn shm_open(name: *const c_char, flags: c_int, mode: c_uint) -> c_int;
    fn ftruncate(fd: c_int, size: i64) -> c_int;
    fn mmap(at: *mut c_void, size: usize, prot: c_int, flags: c_int, fd: c_int, at: i64) -> *mut c_void;
    fn pause() -> c_int;
}

#[derive(Clone, Copy)]
enum Mode {
    Manual,
    Auto(u16),
}

struct Gauge {
    valid: bool,
    level: f64,
    limit: Option<u32>,
    mode: [Mode; 2],
}

#[inline(never)]
fn show(gauge: *mut Gauge) {
    unsafe {
        gauge.write(Gauge {
            valid: true,
            level: 0.5,
            limit: Some(90),
            mode: [Mode::Manual, Mode::Auto(7)],
        });
        println!("ready");
        pause();
        println!("{} {} {:?}", (*gauge).level, (*gauge).valid, (*gauge).limit);
        if let Mode::Auto(speed) = (*gauge).mode[1] {
            println!("{speed}");
        }
    }
}

fn main() {
    let name = CString::new(std::env::args().last().unwrap()).unwrap();
    let size = std::mem::size_of::<Gauge>();
    unsafe {
        let fd = shm_open(name.as_ptr(), 0o102, 0o600);
        if fd < 0 || ftruncate(fd, size as i64) < 0 {
            std::process::exit(1);
        }
        show(mmap(std::ptr::null_mut(), size, 3, 1, fd, 0) as *mut Gauge);
    }
}
