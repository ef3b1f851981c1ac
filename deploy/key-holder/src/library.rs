//! A library of somebody else, loaded while the process runs.
use std::ffi::{CStr, CString, c_char, c_int, c_void};

const RTLD_NOW: c_int = 2;

unsafe extern "C" {
    fn dlopen(file: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    fn dlerror() -> *const c_char;
}

/// It stays loaded until the process ends: what it gave points into it.
pub struct Library {
    file: String,
    handle: *mut c_void,
}

impl Library {
    pub fn load(file: &str) -> Result<Self, String> {
        let path = CString::new(file).map_err(|_| format!("{file:?} is no path"))?;
        // SAFETY: the path ends with a zero. What the library does as it is loaded is the operator's choice of a library.
        let handle = unsafe { dlopen(path.as_ptr(), RTLD_NOW) };
        if handle.is_null() {
            return Err(format!("{file} cannot be loaded: {}", reason()));
        }
        Ok(Self { file: file.into(), handle })
    }

    /// # Safety
    /// `F` must be the type that the function of this name has.
    pub unsafe fn function<F: Copy>(&self, name: &str) -> Result<F, String> {
        assert_eq!(size_of::<F>(), size_of::<*mut c_void>());
        let symbol = CString::new(name).map_err(|_| format!("{name:?} is no name"))?;
        // SAFETY: the handle is of dlopen, and was never closed.
        let found = unsafe { dlsym(self.handle, symbol.as_ptr()) };
        if found.is_null() {
            return Err(format!("{} has no function {name}", self.file));
        }
        // SAFETY: it is a function's address, and the caller vouches for its type.
        Ok(unsafe { std::mem::transmute_copy(&found) })
    }
}

fn reason() -> String {
    // SAFETY: it gives a text that ends with a zero, or null; it is copied before anything else is loaded.
    unsafe {
        let said = dlerror();
        if said.is_null() { "no reason given".into() } else { CStr::from_ptr(said).to_string_lossy().into_owned() }
    }
}
