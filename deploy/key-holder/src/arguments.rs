//! The command line.
use std::collections::HashMap;

pub const USAGE: &str = "usage:
  onecard-key-holder pkcs11 --module FILE --token LABEL --pin-file FILE [--socket FILE [--group-may-connect]]
  onecard-key-holder sdf --library FILE [--password-file FILE] [--sm4-ecb-id NUMBER] [--socket FILE [--group-may-connect]]";

/// SM4 in ECB mode, GM/T 0006.
const SM4_ECB: u32 = 0x401;

pub enum Kind {
    Pkcs11 { module: String, token: String, pin_file: String },
    Sdf { library: String, password_file: Option<String>, sm4_ecb_id: u32 },
}

pub struct Arguments {
    pub kind: Kind,
    /// None: standard input and output.
    pub socket: Option<String>,
    /// Whether the group of the process may connect too.
    pub group_may_connect: bool,
}

impl Arguments {
    pub fn read(mut given: impl Iterator<Item = String>) -> Result<Self, String> {
        let name = given.next().ok_or(USAGE)?;
        let mut options = HashMap::new();
        let mut group_may_connect = false;
        while let Some(option) = given.next() {
            if option == "--group-may-connect" {
                group_may_connect = true;
                continue;
            }
            let value = given.next().ok_or_else(|| format!("{option} needs a value\n{USAGE}"))?;
            if options.insert(option.clone(), value).is_some() {
                return Err(format!("{option} is given twice\n{USAGE}"));
            }
        }
        let socket = options.remove("--socket");
        let mut needed = |option: &str| options.remove(option).ok_or_else(|| format!("{option} is needed\n{USAGE}"));
        let kind = match name.as_str() {
            "pkcs11" => {
                Kind::Pkcs11 { module: needed("--module")?, token: needed("--token")?, pin_file: needed("--pin-file")? }
            }
            "sdf" => Kind::Sdf {
                library: needed("--library")?,
                password_file: options.remove("--password-file"),
                sm4_ecb_id: match options.remove("--sm4-ecb-id") {
                    None => SM4_ECB,
                    Some(text) => text.parse().map_err(|_| format!("--sm4-ecb-id: {text} is no number"))?,
                },
            },
            _ => return Err(USAGE.into()),
        };
        match options.keys().next() {
            None => Ok(Self { kind, socket, group_may_connect }),
            Some(unknown) => Err(format!("there is no option {unknown}\n{USAGE}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Arguments, String> {
        Arguments::read(line.split_whitespace().map(String::from))
    }

    #[test]
    fn a_token_and_a_machine() {
        let token = read("pkcs11 --module m --token t --pin-file p --socket s --group-may-connect").unwrap();
        assert!(matches!(&token.kind, Kind::Pkcs11 { module, .. } if module == "m"));
        assert_eq!((token.socket.as_deref(), token.group_may_connect), (Some("s"), true));
        let machine = read("sdf --library l --sm4-ecb-id 8193").unwrap();
        assert!(matches!(machine.kind, Kind::Sdf { sm4_ecb_id: 0x2001, password_file: None, .. }));
        assert!(machine.socket.is_none());
    }

    #[test]
    fn what_is_missing_or_too_much_is_named() {
        for (line, named) in [
            ("", "usage"),
            ("other", "usage"),
            ("pkcs11 --module m --token t", "--pin-file is needed"),
            ("sdf --library", "--library needs a value"),
            ("sdf --library l --library k", "--library is given twice"),
            ("sdf --library l --pin 1", "there is no option --pin"),
            ("sdf --library l --sm4-ecb-id x", "x is no number"),
        ] {
            let fault = read(line).err().unwrap();
            assert!(fault.contains(named), "{line}: {fault}");
        }
    }
}
