//! The head of a request: bytes in, a request or a refusal out. Pure.
//!
//! Whatever follows a head is not looked at: no question here takes a body, one that announces it
//! is refused, and the length announced is never believed.

use std::str;

use tiny_http::{Header, Method};

/// The most a head may take: what browsers send with their cookies is well below.
pub(super) const HEAD_BYTES_MAX: usize = 8 * 1024;

/// The blank line.
const END: &[u8] = b"\r\n\r\n";

/// A request, which is all head.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) method: Method,
    /// The target without its query.
    pub(super) path: String,
    headers: Vec<Header>,
}

impl Head {
    /// The value of the first header of this name.
    pub(super) fn header(&self, name: &'static str) -> Option<&str> {
        let header = self.headers.iter().find(|header| header.field.equiv(name));
        header.map(|header| header.value.as_str())
    }

    /// Whether it asks for something; nothing else is done here, with a body or without.
    pub(super) fn asks(&self) -> bool {
        self.method == Method::Get || self.method == Method::Head
    }

    fn refuse_body(&self) -> Result<(), Refusal> {
        let is_empty = match self.count("Content-Length") {
            0 => true,
            1 => self.header("Content-Length") == Some("0"),
            _ => false,
        };
        if self.count("Transfer-Encoding") > 0 || !is_empty {
            return Err(Refusal(413, "no request here takes a body"));
        }
        if self.count("Expect") > 0 {
            return Err(Refusal(417, "nothing here is worth an expectation"));
        }
        Ok(())
    }

    fn count(&self, name: &'static str) -> usize {
        self.headers.iter().filter(|header| header.field.equiv(name)).count()
    }
}

/// Why a request is not answered: a status and what to tell the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) u16, pub(super) &'static str);

/// What has arrived so far.
#[derive(Debug)]
pub(super) enum Arrived {
    /// Less than a head.
    Part,
    /// A head that may be answered.
    Whole(Head),
    /// Something that is not read any further.
    Refused(Refusal),
}

/// What these bytes, the first of a connection, amount to.
pub(super) fn read(bytes: &[u8]) -> Arrived {
    let end = bytes.windows(END.len()).position(|window| window == END);
    let head = match end {
        Some(end) if end <= HEAD_BYTES_MAX => bytes.get(..end).unwrap_or_default(),
        None if bytes.len() < HEAD_BYTES_MAX + END.len() => return Arrived::Part,
        Some(_) | None => return Arrived::Refused(Refusal(431, "the head is too large")),
    };
    match parse(head) {
        Ok(head) => Arrived::Whole(head),
        Err(refusal) => Arrived::Refused(refusal),
    }
}

fn parse(head: &[u8]) -> Result<Head, Refusal> {
    let printable = |byte: &u8| (b' '..=b'~').contains(byte) || b"\t\r\n".contains(byte);
    let text = str::from_utf8(head).ok().filter(|_| head.iter().all(printable));
    let mut lines = text.ok_or(Refusal(400, "the head is not plain text"))?.split("\r\n");
    let (method, path, has_hosts) = request_line(lines.next().unwrap_or_default())?;
    let headers = lines.map(header_line).collect::<Result<Vec<_>, _>>()?;
    let head = Head { method, path, headers };
    match head.count("Host") {
        0 if has_hosts => return Err(Refusal(400, "no Host header")),
        0 | 1 => {}
        _ => return Err(Refusal(400, "more than one Host header")),
    }
    if head.asks() {
        head.refuse_body()?;
    }
    Ok(head)
}

/// Method, path, and whether this version of HTTP demands a Host header.
fn request_line(line: &str) -> Result<(Method, String, bool), Refusal> {
    let malformed = Refusal(400, "the first line is not `GET /path HTTP/1.1`");
    let mut parts = line.split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed);
    };
    let has_hosts = match version {
        "HTTP/1.1" => true,
        "HTTP/1.0" => false,
        other if other.starts_with("HTTP/") => return Err(Refusal(505, "HTTP/1.1 is spoken here")),
        _ => return Err(malformed),
    };
    let path = target.split('?').next().filter(|path| path.starts_with('/')).ok_or(malformed)?;
    let method = method.parse().ok().filter(|_| !method.is_empty()).ok_or(malformed)?;
    Ok((method, path.to_owned(), has_hosts))
}

fn header_line(line: &str) -> Result<Header, Refusal> {
    let malformed = Refusal(400, "a header is not `Name: value`");
    let is_torn = line.contains(['\r', '\n']);
    let header = line.parse::<Header>().ok().filter(|header| !header.field.as_str().is_empty());
    header.filter(|_| !is_torn).ok_or(malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(request: &str) -> u16 {
        match read(request.as_bytes()) {
            Arrived::Part => 0,
            Arrived::Whole(_) => 200,
            Arrived::Refused(refusal) => refusal.0,
        }
    }

    #[test]
    fn a_head_is_a_request_a_part_of_one_or_refused() {
        let long = format!("GET / HTTP/1.1\r\nHost: x\r\nCookie: {}\r\n\r\n", "c".repeat(8_192));
        let endless = "a".repeat(HEAD_BYTES_MAX + 4);
        let table = [
            ("plain", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 200),
            ("what follows is not looked at", "GET / HTTP/1.1\r\nHost: x\r\n\r\n\0\0", 200),
            ("a length of zero", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 200),
            ("HTTP/1.0 knows no Host", "GET / HTTP/1.0\r\n\r\n", 200),
            ("nothing yet", "", 0),
            ("half a line", "GET / HT", 0),
            ("no blank line yet", "GET / HTTP/1.1\r\nHost: x\r\n", 0),
            ("lines that end in LF alone", "GET / HTTP/1.1\nHost: x\n\r\n\r\n", 400),
            ("no request line", "\r\n\r\n", 400),
            ("a word missing", "GET /\r\n\r\n", 400),
            ("a word too many", "GET / / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
            ("another scheme", "GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
            ("another protocol", "GET / SIP/2.0\r\nHost: x\r\n\r\n", 400),
            ("another version", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
            ("no Host", "GET / HTTP/1.1\r\n\r\n", 400),
            ("two Hosts", "GET / HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n", 400),
            ("no colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", 400),
            ("no name", "GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n", 400),
            ("a space in a name", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
            ("a folded header", "GET / HTTP/1.1\r\nHost: x\r\n y: z\r\n\r\n", 400),
            ("a lone CR", "GET / HTTP/1.1\r\nHost: x\rContent-Length: 9\r\n\r\n", 400),
            ("a NUL", "GET / HTTP/1.1\r\nHost: \0\r\n\r\n", 400),
            ("not ASCII", "GET /ü HTTP/1.1\r\nHost: x\r\n\r\n", 400),
            ("a body", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n", 413),
            (
                "a length that is none",
                "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -\r\n\r\n",
                413,
            ),
            (
                "a huge body",
                "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551615\r\n\r\n",
                413,
            ),
            (
                "two lengths",
                "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\ncontent-length: 5\r\n\r\n",
                413,
            ),
            ("chunks", "GET / HTTP/1.1\r\nHost: x\r\ntransfer-encoding: chunked\r\n\r\n", 413),
            (
                "a body nobody asks with",
                "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n",
                200,
            ),
            ("an expectation", "GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n", 417),
            ("a long header", &long, 431),
            ("a line without end", &endless, 431),
        ];
        for (situation, request, expected) in table {
            assert_eq!(status(request), expected, "{situation}");
        }
    }

    #[test]
    fn any_part_of_a_head_is_waited_for_and_never_answered() {
        let request = "GET /stats?of=now HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n";
        for end in 0..request.len() {
            assert!(matches!(read(&request.as_bytes()[..end]), Arrived::Part), "{end} bytes");
        }
        let Arrived::Whole(head) = read(request.as_bytes()) else { panic!("a whole head") };
        assert_eq!((head.method.as_str(), head.path.as_str()), ("GET", "/stats"));
        assert_eq!(head.header("hOsT"), Some("localhost"));
        assert_eq!(head.header("Authorization"), None);
    }
}
