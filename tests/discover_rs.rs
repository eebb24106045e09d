// SPDX-License-Identifier: MIT
// As discover_c.c, in Rust, without crates: the calls of libc are declared here.
use std::ffi::CString;
use std::os::raw::{c_char, c_int, c_uint, c_void};
use std::sync::atomic::AtomicU32;

extern "C" {
    fn shm_open(name: *const c_char, flags: c_int, mode: c_uint) -> c_int;
    fn ftruncate(fd: c_int, size: i64) -> c_int;
    fn mmap(at: *mut c_void, size: usize, prot: c_int, flags: c_int, fd: c_int, off: i64) -> *mut c_void;
    fn sem_init(sem: *mut c_void, shared: c_int, value: c_uint) -> c_int;
    fn sem_wait(sem: *mut c_void) -> c_int;
}

mod shm {
    use super::AtomicU32;

    #[repr(C, align(8))]
    pub struct Queue {
        pub sem: [u8; 32],
        pub head: AtomicU32,
        pub tail: u32,
        pub ratio: f64,
        pub slots: [u16; 21],
    }
}

struct Owner {
    shm: *mut shm::Queue,
}

impl Owner {
    #[inline(never)]
    fn wait(&self) -> u32 {
        println!("ready");
        unsafe {
            sem_wait((*self.shm).sem.as_mut_ptr() as *mut c_void);
            (*self.shm).tail
        }
    }
}

fn main() {
    let name = CString::new(std::env::args().nth(1).unwrap()).unwrap();
    let size = std::mem::size_of::<shm::Queue>();
    let owner = unsafe {
        let fd = shm_open(name.as_ptr(), 0o102, 0o600);
        ftruncate(fd, size as i64);
        let shm = mmap(std::ptr::null_mut(), size, 3, 1, fd, 0) as *mut shm::Queue;
        (*shm).tail = 7;
        (*shm).ratio = 0.5;
        sem_init(shm as *mut c_void, 1, 0);
        Owner { shm }
    };
    std::process::exit(owner.wait() as i32);
}
