//! An answer, and the bytes it becomes.

use std::io;

use serde::Serialize;
use tiny_http::{HTTPVersion, Header, Response};

use super::head::Refusal;

/// What every answer says: keep it to yourself, take it for what it says it is, embed nothing.
const ALWAYS: [(&str, &str); 7] = [
    ("Server", "gatehouse"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
];

/// What the status line is followed by. `tiny_http` leaves this header to its own connections.
const CLOSE: &[u8] = b"Connection: close\r\n";

/// What a client is told.
#[derive(Debug)]
pub(super) struct Answer {
    status: u16,
    content_type: &'static str,
    header: Option<(&'static str, &'static str)>,
    body: String,
}

impl Answer {
    /// Words for people.
    pub(super) fn text(status: u16, body: String) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", header: None, body }
    }

    /// Values for programs, laid out for people.
    pub(super) fn json(status: u16, value: &impl Serialize) -> Self {
        match serde_json::to_string_pretty(value) {
            Ok(json) => {
                Self { status, content_type: "application/json", header: None, body: json + "\n" }
            }
            Err(error) => Self::text(500, format!("no JSON can be made of this: {error}\n")),
        }
    }

    /// The same, with one header more.
    pub(super) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.header = Some((name, value));
        self
    }

    /// The bytes of this answer, and that it is the last on its connection. A client that asked
    /// for the head only (`HEAD`) gets the head only.
    pub(super) fn into_bytes(self, head_only: bool) -> io::Result<Vec<u8>> {
        let own = [("Content-Type", self.content_type)].into_iter().chain(self.header);
        let headers = ALWAYS.into_iter().chain(own);
        let headers = headers.filter_map(|(name, value)| Header::from_bytes(name, value).ok());
        let response = Response::from_data(self.body.into_bytes())
            .with_status_code(self.status)
            .with_chunked_threshold(usize::MAX);
        let response = headers.fold(response, Response::with_header);
        let mut bytes = Vec::new();
        response.raw_print(&mut bytes, HTTPVersion(1, 1), &[], head_only, None)?;
        let status_line = bytes.iter().take_while(|byte| **byte != b'\n').count() + 1;
        bytes.splice(status_line..status_line, CLOSE.iter().copied());
        Ok(bytes)
    }
}

impl From<Refusal> for Answer {
    fn from(Refusal(status, words): Refusal) -> Self {
        let answer = Self::text(status, format!("{words}\n"));
        if status == 401 { answer.with("WWW-Authenticate", "Bearer") } else { answer }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(answer: Answer, head_only: bool) -> String {
        String::from_utf8(answer.into_bytes(head_only).expect("bytes")).expect("text")
    }

    #[test]
    fn an_answer_says_how_long_it_is_and_that_it_is_the_last() {
        let printed = printed(Answer::text(200, "well\n".to_owned()), false);
        let (head, body) = printed.split_once("\r\n\r\n").expect("a blank line");
        let mut lines = head.split("\r\n");
        assert_eq!(lines.next(), Some("HTTP/1.1 200 OK"));
        assert_eq!(lines.next(), Some("Connection: close"));
        assert!(lines.any(|line| line == "Content-Length: 5"), "{head}");
        assert_eq!(body, "well\n");
    }

    #[test]
    fn every_answer_is_kept_private_and_cannot_be_embedded() {
        for answer in [Answer::text(404, String::new()), Answer::json(200, &[1])] {
            let printed = printed(answer, false);
            for (name, value) in ALWAYS {
                assert!(printed.contains(&format!("\r\n{name}: {value}\r\n")), "{name}: {printed}");
            }
        }
    }

    #[test]
    fn a_long_page_is_not_cut_into_chunks() {
        let printed = printed(Answer::text(200, "x".repeat(100_000)), false);
        assert!(printed.contains("\r\nContent-Length: 100000\r\n"));
        assert!(!printed.contains("chunked"));
    }

    #[test]
    fn a_head_alone_tells_the_length_of_what_it_leaves_out() {
        let printed = printed(Answer::text(200, "well\n".to_owned()), true);
        assert!(printed.contains("\r\nContent-Length: 5\r\n"));
        assert!(printed.ends_with("\r\n\r\n"), "{printed}");
    }
}
