//! The functions of a module, by their place in CK_FUNCTION_LIST: that one function gives the list is all a module must export.
use std::ffi::c_void;

use super::types::{Attribute, Handle, InitializeArgs, Mechanism, OK, Rv, TokenInfo, Ulong};
use crate::library::Library;

/// Functions of version 2.40, behind a version of 2 bytes that fills a pointer's place.
const LISTED: usize = 68;

#[repr(C)]
struct FunctionList {
    version: [u8; 2],
    functions: [*const c_void; LISTED],
}

type OfSession = unsafe extern "C" fn(Handle) -> Rv;
type OfObject = unsafe extern "C" fn(Handle, Handle) -> Rv;
type Attributes = unsafe extern "C" fn(Handle, Handle, *mut Attribute, Ulong) -> Rv;

#[derive(Clone, Copy)]
pub struct Functions {
    pub initialize: unsafe extern "C" fn(*mut InitializeArgs) -> Rv,
    pub get_slot_list: unsafe extern "C" fn(u8, *mut Ulong, *mut Ulong) -> Rv,
    pub get_token_info: unsafe extern "C" fn(Ulong, *mut TokenInfo) -> Rv,
    pub open_session: unsafe extern "C" fn(Ulong, Ulong, *mut c_void, *mut c_void, *mut Handle) -> Rv,
    pub login: unsafe extern "C" fn(Handle, Ulong, *mut u8, Ulong) -> Rv,
    pub create_object: unsafe extern "C" fn(Handle, *mut Attribute, Ulong, *mut Handle) -> Rv,
    pub destroy_object: OfObject,
    pub get_attribute_value: Attributes,
    pub find_objects_init: unsafe extern "C" fn(Handle, *mut Attribute, Ulong) -> Rv,
    pub find_objects: unsafe extern "C" fn(Handle, *mut Handle, Ulong, *mut Ulong) -> Rv,
    pub find_objects_final: OfSession,
    pub sign_init: unsafe extern "C" fn(Handle, *mut Mechanism, Handle) -> Rv,
    pub sign: unsafe extern "C" fn(Handle, *mut u8, Ulong, *mut u8, *mut Ulong) -> Rv,
    pub wrap_key: unsafe extern "C" fn(Handle, *mut Mechanism, Handle, Handle, *mut u8, *mut Ulong) -> Rv,
    pub unwrap_key:
        unsafe extern "C" fn(Handle, *mut Mechanism, Handle, *mut u8, Ulong, *mut Attribute, Ulong, *mut Handle) -> Rv,
}

impl Functions {
    pub fn of(library: &Library) -> Result<Self, String> {
        // SAFETY: PKCS#11 clause 5.4 gives the type of the function of this name.
        let get_list: unsafe extern "C" fn(*mut *const FunctionList) -> Rv =
            unsafe { library.function("C_GetFunctionList")? };
        let mut list = std::ptr::null();
        // SAFETY: it writes one pointer.
        let rv = unsafe { get_list(&mut list) };
        if rv != OK || list.is_null() {
            return Err(format!("the module gives no list of functions (0x{rv:x})"));
        }
        // SAFETY: the module's list lives as long as the module, and has the functions of version 2.40 in every later one.
        let list = unsafe { &*list };
        if list.version[0] < 2 {
            return Err(format!("the module is of version {} of PKCS#11, and 2 is needed", list.version[0]));
        }
        Ok(Self {
            initialize: at(list, 0)?,
            get_slot_list: at(list, 4)?,
            get_token_info: at(list, 6)?,
            open_session: at(list, 12)?,
            login: at(list, 18)?,
            create_object: at(list, 20)?,
            destroy_object: at(list, 22)?,
            get_attribute_value: at(list, 24)?,
            find_objects_init: at(list, 26)?,
            find_objects: at(list, 27)?,
            find_objects_final: at(list, 28)?,
            sign_init: at(list, 42)?,
            sign: at(list, 43)?,
            wrap_key: at(list, 60)?,
            unwrap_key: at(list, 61)?,
        })
    }
}

/// The function at a place of the list; the caller gives it the type that PKCS#11 has at that place.
fn at<F: Copy>(list: &FunctionList, place: usize) -> Result<F, String> {
    assert_eq!(size_of::<F>(), size_of::<*const c_void>());
    let function = list.functions[place];
    if function.is_null() {
        return Err(format!("the module lacks the function at place {place} of its list"));
    }
    // SAFETY: it is the address of a function, and not null.
    Ok(unsafe { std::mem::transmute_copy(&function) })
}
