//! Cutting a batch into its updates without understanding them.
//!
//! Only brackets and quotes are looked at, so an update may be broken in any other way (a type
//! nobody expected, a number too large, bytes that are no UTF-8) and its neighbours stay whole.

const HEAD: [&[u8]; 8] = [b"{", b"\"ok\"", b":", b"true", b",", b"\"result\"", b":", b"["];
const TAIL: [&[u8]; 2] = [b"]", b"}"];

/// The updates of a granted `getUpdates` answer; `None` if it is none, or cut off.
pub(super) fn updates(body: &[u8]) -> Option<Vec<&[u8]>> {
    let mut rest = after(body, &HEAD)?;
    let mut updates = Vec::new();
    loop {
        rest = rest.trim_ascii_start();
        match rest.first()? {
            b'{' => {
                let (update, behind) = rest.split_at_checked(object_length(rest)?)?;
                updates.push(update);
                rest = behind;
            }
            b',' => rest = rest.get(1..)?,
            _ => break,
        }
    }
    after(rest, &TAIL).filter(|behind| behind.trim_ascii().is_empty()).map(|_| updates)
}

/// What comes after these tokens, white space between them aside.
fn after<'a>(bytes: &'a [u8], tokens: &[&[u8]]) -> Option<&'a [u8]> {
    tokens.iter().try_fold(bytes, |rest, token| rest.trim_ascii_start().strip_prefix(*token))
}

/// The length of the object at the front, to its closing bracket.
fn object_length(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at.checked_add(1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_cut_between_its_updates_and_nowhere_else() {
        let table: [(&str, Option<&[&str]>); 11] = [
            (r#"{"ok":true,"result":[]}"#, Some(&[])),
            (r#"{"ok":true,"result":[{"a":1},{"b":2}]}"#, Some(&[r#"{"a":1}"#, r#"{"b":2}"#])),
            (r#" { "ok" : true , "result" : [ {} , {} ] } "#, Some(&["{}", "{}"])),
            (r#"{"ok":true,"result":[{"a":[{"b":{}}]}]}"#, Some(&[r#"{"a":[{"b":{}}]}"#])),
            (r#"{"ok":true,"result":[{"a":"}]\"{"}]}"#, Some(&[r#"{"a":"}]\"{"}"#])),
            (r#"{"ok":true,"result":[{"a":"\\"},{}]}"#, Some(&[r#"{"a":"\\"}"#, "{}"])),
            (r#"{"ok":true,"result":[{"a":tru},{}]}"#, Some(&[r#"{"a":tru}"#, "{}"])),
            (r#"{"ok":true,"result":[{"a":1}"#, None),
            (r#"{"ok":true,"result":[{"a":1}]"#, None),
            (r#"{"ok":true,"result":[{"a":1}]}}"#, None),
            (r#"{"ok":false,"result":[{"a":1}]}"#, None),
        ];
        for (body, pieces) in table {
            let pieces = pieces.map(|pieces| pieces.iter().map(|p| p.as_bytes()).collect());
            assert_eq!(updates(body.as_bytes()), pieces, "{body}");
        }
    }
}
