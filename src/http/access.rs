//! Who may ask: the Host a browser was told, and the token an operator knows. Pure.

use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::{Listen, head::Refusal};

/// What is demanded of a request before it is looked at.
pub(super) struct Access {
    /// The address listened on; none for a Unix socket, which no browser reaches.
    ip: Option<IpAddr>,
    token: Option<SecretString>,
}

impl Access {
    pub(super) fn new(listen: &Listen, token: Option<SecretString>) -> Self {
        Self { ip: listen.tcp().map(|address| address.ip()), token }
    }

    /// Refuses a Host that is not ours.
    ///
    /// A page on the web may point its own name at 127.0.0.1 and have a browser ask us; the name
    /// is then the Host. Ports do not matter: an SSH tunnel brings its own.
    pub(super) fn host(&self, host: Option<&str>) -> Result<(), Refusal> {
        let (Some(ours), Some(host)) = (self.ip, host) else { return Ok(()) };
        let name = without_port(host);
        let known = name.eq_ignore_ascii_case("localhost")
            || name.parse::<IpAddr>().is_ok_and(|ip| is_ours(ip, ours));
        if known { Ok(()) } else { Err(Refusal(421, "ask for localhost, or by address")) }
    }

    /// Refuses a request without the token, if there is one; tells nothing by how long it takes.
    pub(super) fn token(&self, authorization: Option<&str>) -> Result<(), Refusal> {
        let Some(token) = &self.token else { return Ok(()) };
        let (scheme, given) = authorization.and_then(|it| it.split_once(' ')).unwrap_or_default();
        let same = given.trim().as_bytes().ct_eq(token.expose_secret().as_bytes());
        if scheme.eq_ignore_ascii_case("bearer") && bool::from(same) {
            return Ok(());
        }
        Err(Refusal(401, "`Authorization: Bearer` with http.token is needed"))
    }
}

/// Listening everywhere, any address is ours: an address is no name that could be re-pointed.
fn is_ours(ip: IpAddr, ours: IpAddr) -> bool {
    ip.is_loopback() || ip == ours || ours.is_unspecified()
}

/// The name or address of a Host header, without brackets; what is malformed stays as it is.
fn without_port(host: &str) -> &str {
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((ip, rest)) = host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        let ends = rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
        return if ends { ip } else { host };
    }
    match host.split_once(':') {
        Some((name, port)) if is_port(port) => name,
        Some(_) | None => host,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn access(listen: &str, token: Option<&str>) -> Access {
        let listen = listen.parse().map_or(Listen::Unix(PathBuf::from(listen)), Listen::Tcp);
        Access::new(&listen, token.map(SecretString::from))
    }

    #[test]
    fn a_foreign_host_is_refused() {
        const LOOPBACK: &str = "127.0.0.1:8080";
        let table = [
            (LOOPBACK, "localhost", true),
            (LOOPBACK, "LocalHost:8080", true),
            (LOOPBACK, "127.0.0.1:8080", true),
            (LOOPBACK, "localhost:9999", true),
            (LOOPBACK, "[::1]:8080", true),
            (LOOPBACK, "[::1]", true),
            (LOOPBACK, "evil.example", false),
            (LOOPBACK, "evil.example:8080", false),
            (LOOPBACK, "localhost.evil.example", false),
            (LOOPBACK, "127.0.0.1.evil.example", false),
            (LOOPBACK, "localhost:8080@evil.example", false),
            (LOOPBACK, "[::1].evil.example", false),
            (LOOPBACK, "192.0.2.7", false),
            (LOOPBACK, "", false),
            ("192.0.2.7:80", "192.0.2.7", true),
            ("192.0.2.7:80", "192.0.2.8", false),
            ("0.0.0.0:80", "192.0.2.8:80", true),
            ("0.0.0.0:80", "evil.example", false),
            ("[::]:80", "[2001:db8::1]:80", true),
            ("/run/http.sock", "evil.example", true),
        ];
        for (listen, host, admitted) in table {
            let answer = access(listen, None).host(Some(host));
            assert_eq!(answer.is_ok(), admitted, "Host {host:?} on {listen}");
        }
    }

    #[test]
    fn only_the_whole_token_opens() {
        let table = [
            (None, false),
            (Some("Bearer open sesame"), true),
            (Some("bearer open sesame"), true),
            (Some("Bearer  open sesame "), true),
            (Some("Bearer open sesam"), false),
            (Some("Bearer open sesame!"), false),
            (Some("Bearer OPEN SESAME"), false),
            (Some("Bearer "), false),
            (Some("Bearer"), false),
            (Some("Basic open sesame"), false),
            (Some("open sesame"), false),
        ];
        for (given, admitted) in table {
            let answer = access("127.0.0.1:80", Some("open sesame")).token(given);
            assert_eq!(answer.is_ok(), admitted, "{given:?}");
        }
        assert!(access("127.0.0.1:80", None).token(None).is_ok(), "no token, nothing to know");
    }
}
