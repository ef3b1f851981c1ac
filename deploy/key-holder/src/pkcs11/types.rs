//! Types and numbers of PKCS#11 (OASIS, version 3.0) as they are on Unix: CK_ULONG is an unsigned long, structures are not packed.
use std::ffi::{c_ulong, c_void};

pub type Ulong = c_ulong;
pub type Rv = c_ulong;
pub type Handle = c_ulong;

#[repr(C)]
pub struct Attribute {
    pub kind: Ulong,
    pub value: *mut c_void,
    pub length: Ulong,
}

#[repr(C)]
pub struct Mechanism {
    pub kind: Ulong,
    pub parameter: *mut c_void,
    pub length: Ulong,
}

/// CK_TOKEN_INFO.
#[repr(C)]
pub struct TokenInfo {
    pub label: [u8; 32],
    pub manufacturer: [u8; 32],
    pub model: [u8; 16],
    pub serial: [u8; 16],
    pub flags: Ulong,
    pub counts: [Ulong; 10],
    pub versions: [u8; 4],
    pub time: [u8; 16],
}

/// CK_C_INITIALIZE_ARGS.
#[repr(C)]
pub struct InitializeArgs {
    pub mutex_functions: [*mut c_void; 4],
    pub flags: Ulong,
    pub reserved: *mut c_void,
}

pub const OS_LOCKING_OK: Ulong = 0x2;
pub const SERIAL_SESSION: Ulong = 0x4;
/// Objects of the session are made and destroyed: keys to be wrapped.
pub const RW_SESSION: Ulong = 0x2;
pub const USER: Ulong = 1;

pub const OK: Rv = 0;
pub const ENCRYPTED_DATA_INVALID: Rv = 0x40;
pub const FUNCTION_NOT_SUPPORTED: Rv = 0x54;
pub const KEY_SIZE_RANGE: Rv = 0x62;
pub const KEY_TYPE_INCONSISTENT: Rv = 0x63;
pub const KEY_FUNCTION_NOT_PERMITTED: Rv = 0x68;
pub const KEY_NOT_WRAPPABLE: Rv = 0x69;
pub const MECHANISM_INVALID: Rv = 0x70;
pub const PIN_INCORRECT: Rv = 0xa0;
pub const PIN_LOCKED: Rv = 0xa4;
pub const USER_ALREADY_LOGGED_IN: Rv = 0x100;
pub const WRAPPED_KEY_INVALID: Rv = 0x110;
pub const WRAPPED_KEY_LEN_RANGE: Rv = 0x112;
pub const WRAPPING_KEY_TYPE_INCONSISTENT: Rv = 0x115;
pub const UNWRAPPING_KEY_TYPE_INCONSISTENT: Rv = 0xf2;

pub const ATTRIBUTE_CLASS: Ulong = 0x0;
pub const ATTRIBUTE_TOKEN: Ulong = 0x1;
pub const ATTRIBUTE_LABEL: Ulong = 0x3;
pub const ATTRIBUTE_VALUE: Ulong = 0x11;
pub const ATTRIBUTE_KEY_TYPE: Ulong = 0x100;
pub const ATTRIBUTE_SENSITIVE: Ulong = 0x103;
pub const ATTRIBUTE_VALUE_LEN: Ulong = 0x161;
pub const ATTRIBUTE_EXTRACTABLE: Ulong = 0x162;
pub const ATTRIBUTE_EC_POINT: Ulong = 0x181;

pub const CLASS_PUBLIC_KEY: Ulong = 2;
pub const CLASS_PRIVATE_KEY: Ulong = 3;
pub const CLASS_SECRET_KEY: Ulong = 4;

pub const KEY_EC: Ulong = 0x3;
pub const KEY_GENERIC_SECRET: Ulong = 0x10;
pub const KEY_AES: Ulong = 0x1f;
pub const KEY_EC_EDWARDS: Ulong = 0x40;

pub const MECHANISM_ECDSA: Ulong = 0x1041;
pub const MECHANISM_EDDSA: Ulong = 0x1057;
pub const MECHANISM_AES_KEY_WRAP: Ulong = 0x2109;
