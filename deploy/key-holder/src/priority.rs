//! The priority of the process.
use std::ffi::c_int;

const PRIO_PROCESS: c_int = 0;

unsafe extern "C" {
    fn setpriority(which: c_int, who: u32, niceness: c_int) -> c_int;
}

/// A gateway that starts it may go before all others of the machine, and hands that down: a library that spins would then
/// hold up the taps it must never hold up.
pub fn like_any_other() {
    // SAFETY: it takes numbers, and changes the niceness of this process alone. It never fails for one that asks for less.
    unsafe { setpriority(PRIO_PROCESS, 0, 0) };
}
