//! PINs and passwords, from files that nobody else may read.
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{Ordering, compiler_fence};

const OTHERS_MAY: u32 = 0o077;
const BYTES_MAX: u64 = 256;

/// Bytes that are overwritten when they are no longer needed.
pub struct Secret(Vec<u8>);

impl Secret {
    /// A file's content without the line end.
    pub fn read(file: &str) -> Result<Self, String> {
        let unreadable = |error: std::io::Error| format!("{file} cannot be read: {error}");
        let opened = File::open(file).map_err(unreadable)?;
        if opened.metadata().map_err(unreadable)?.mode() & OTHERS_MAY != 0 {
            return Err(format!("{file} can be read or written by others than its owner: chmod 600 {file}"));
        }
        let mut secret = Self(Vec::with_capacity(BYTES_MAX as usize + 1));
        opened.take(BYTES_MAX + 1).read_to_end(&mut secret.0).map_err(unreadable)?;
        while secret.0.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            secret.0.pop();
        }
        if secret.0.is_empty() || secret.0.len() as u64 > BYTES_MAX {
            return Err(format!("{file} must hold a line of 1 to {BYTES_MAX} bytes"));
        }
        Ok(secret)
    }

    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        forget(&mut self.0);
    }
}

/// Overwrites, also where the compiler sees that nobody reads it again.
pub fn forget(bytes: &mut [u8]) {
    for byte in bytes.iter_mut() {
        // SAFETY: `byte` is a reference to one byte of ours.
        unsafe { std::ptr::write_volatile(byte, 0) };
    }
    compiler_fence(Ordering::SeqCst);
}
