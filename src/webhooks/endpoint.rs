//! Where webhooks go, checked before anything is sent.

use std::fmt;

use hyper::Uri;
use tokio_rustls::rustls::pki_types::ServerName;

/// The longest address, in bytes.
const MAX_URL_BYTES: usize = 2_048;

/// Why a webhook was refused before its first try. It repeats neither address nor secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// Not an absolute `https` or `http` address with a host, of at most 2,048 bytes.
    #[error("this is not a web address")]
    NotAnAddress,
    /// Not `https`, and nobody allowed `http`.
    #[error("a webhook's address has to begin with https")]
    NotHttps,
    /// A user or a password in the address: signatures are what proves the sender.
    #[error("a webhook's address must not hold credentials")]
    Credentials,
    /// Another port than 443, 80 or one that was allowed.
    #[error("a webhook goes to port 443 or 80, or to one that was allowed")]
    Port,
    /// Nobody can check what nobody signed.
    #[error("a webhook needs a secret to be signed with")]
    NoSecret,
    /// A certificate to be trusted that is none, or encryption that cannot be set up.
    #[error("TLS cannot be set up as asked for")]
    Tls,
    /// The source is empty.
    #[error("a source must not be empty")]
    Source,
}

/// The exceptions that an application makes.
#[derive(Debug, Clone, Default)]
pub(super) struct Allowed {
    pub(super) http: bool,
    pub(super) internal: bool,
    pub(super) ports: Vec<u16>,
}

/// An address that keeps the rules. What it names is looked up with each try.
#[derive(Clone)]
pub(super) struct Endpoint {
    /// The name or the address of the machine, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// The value of the header `host`.
    pub(super) authority: String,
    /// The path and the query.
    pub(super) target: Uri,
    /// The name that the other side's certificate has to have; `None` without encryption.
    pub(super) server: Option<ServerName<'static>>,
}

impl Endpoint {
    pub(super) fn new(url: &str, allowed: &Allowed) -> Result<Self, WebhookError> {
        if url.len() > MAX_URL_BYTES {
            return Err(WebhookError::NotAnAddress);
        }
        let uri: Uri = url.parse().map_err(|_| WebhookError::NotAnAddress)?;
        let encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if allowed.http => false,
            Some("http") => return Err(WebhookError::NotHttps),
            _ => return Err(WebhookError::NotAnAddress),
        };
        let authority = uri.authority().ok_or(WebhookError::NotAnAddress)?;
        if authority.as_str().contains('@') {
            return Err(WebhookError::Credentials);
        }
        let bracketed = authority.host();
        let port = match authority.as_str().strip_prefix(bracketed) {
            Some("") => {
                if encrypted {
                    443
                } else {
                    80
                }
            }
            Some(port) => {
                port.strip_prefix(':').and_then(|port| port.parse().ok()).ok_or(WebhookError::NotAnAddress)?
            }
            None => return Err(WebhookError::NotAnAddress),
        };
        if ![443, 80].contains(&port) && !allowed.ports.contains(&port) {
            return Err(WebhookError::Port);
        }
        let host = bracketed.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host.clone()).map_err(|_| WebhookError::NotAnAddress)?;
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        Ok(Self {
            authority: authority.as_str().to_owned(),
            target: target.parse().map_err(|_| WebhookError::NotAnAddress)?,
            server: encrypted.then_some(name),
            host,
            port,
        })
    }
}

impl fmt::Debug for Endpoint {
    // The path often holds a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let end = Endpoint::new("https://hooks.shop.example/a/b?c=d#e", &Allowed::default()).unwrap();
        assert_eq!((end.host.as_str(), end.port), ("hooks.shop.example", 443));
        assert_eq!(
            (end.authority.as_str(), end.target.to_string().as_str()),
            ("hooks.shop.example", "/a/b?c=d")
        );
        let allowed = Allowed { http: true, ports: vec![8_080], ..Allowed::default() };
        let end = Endpoint::new("http://[2001:db8::1]:8080", &allowed).unwrap();
        assert_eq!(
            (end.host.as_str(), end.port, end.target.to_string().as_str()),
            ("2001:db8::1", 8_080, "/")
        );
        assert!(end.server.is_none());
        assert_eq!(Endpoint::new("http://a.example", &allowed).unwrap().port, 80);
        assert!(!format!("{end:?}").contains("db8"));
    }

    #[test]
    fn an_address_has_a_longest_length() {
        let of = |bytes: usize| {
            let url = format!("https://a.example/{}", "a".repeat(bytes - "https://a.example/".len()));
            Endpoint::new(&url, &Allowed::default()).map(|endpoint| endpoint.host)
        };
        assert_eq!(of(MAX_URL_BYTES).unwrap(), "a.example");
        for more in [MAX_URL_BYTES + 1, 100 * MAX_URL_BYTES] {
            assert_eq!(of(more), Err(WebhookError::NotAnAddress));
        }
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        use WebhookError::{Credentials, NotAnAddress, NotHttps, Port};
        for (url, error) in [
            ("", NotAnAddress),
            ("/path", NotAnAddress),
            ("hooks.example", NotAnAddress),
            ("//hooks.example/", NotAnAddress),
            ("https://", NotAnAddress),
            ("https:///path", NotAnAddress),
            ("https://a b.example/", NotAnAddress),
            ("https://a.example/\r\nx: y", NotAnAddress),
            ("https://a.example:", NotAnAddress),
            ("https://a.example:99999/", NotAnAddress),
            ("https://a.example:x/", NotAnAddress),
            ("https://[::1", NotAnAddress),
            ("https://bücher.example/", NotAnAddress),
            ("file:///etc/passwd", NotAnAddress),
            ("ftp://a.example/", NotAnAddress),
            ("gopher://a.example/", NotAnAddress),
            ("javascript:alert(1)", NotAnAddress),
            ("http://a.example/", NotHttps),
            ("https://user:word@a.example/", Credentials),
            ("https://a.example@b.example/", Credentials),
            ("https://a.example:22/", Port),
            ("https://a.example:0/", Port),
            ("https://a.example:8443/", Port),
        ] {
            assert_eq!(Endpoint::new(url, &Allowed::default()).unwrap_err(), error, "{url}");
        }
    }
}
