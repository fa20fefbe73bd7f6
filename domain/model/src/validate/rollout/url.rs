//! The rules of URLs that somebody is asked at.

use std::net::Ipv6Addr;

use crate::violation::Findings;

const MAX_LENGTH: usize = 2048;

/// An `http` or `https` URL with a host, by RFC 3986, without what would be shown to all readers or not be sent.
pub(super) fn check(url: &str, findings: &mut Findings) {
    let rest = url.split_once("//").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // First, so that it is in no message.
    if authority.contains('@') {
        let help =
            "take it out: write https://example.com/path, and let the program know who asks by its network";
        return findings
            .report("the URL has a user or password in it, which readers of the placement would see", help);
    }
    let is_known = ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme));
    if !is_known || authority.is_empty() || authority.starts_with(':') {
        return findings.report(format!("`{url}` is not a URL"), "write it as https://example.com/path");
    }
    if url.len() > MAX_LENGTH {
        findings.report(format!("the URL has more than {MAX_LENGTH} characters"), "shorten it");
    } else if let Some(char) = url.chars().find(|char| !is_of_url(*char)) {
        let help = "write such characters percent-encoded, as %20 for a space";
        findings.report(format!("`{url}` has {char:?} in it, which no URL may have"), help);
    } else if rest.contains('#') {
        findings.report(format!("`{url}` has a fragment, which is not sent"), "remove `#` and what follows");
    } else if let Some((message, help)) = fault(authority) {
        findings.report(message, help);
    }
}

/// What is wrong with `host` or `host:port`.
fn fault(authority: &str) -> Option<(String, &'static str)> {
    let ends = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    let (host, port) = match authority[ends..].split_once(':') {
        Some((host, port)) => (&authority[..ends + host.len()], Some(port)),
        None => (authority, None),
    };
    if !is_host(host) {
        return Some((
            format!("`{host}` is not a host"),
            "write a name such as gates.example.com, or an address",
        ));
    }
    let is_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    match port {
        Some(port) if !is_port(port) => {
            Some((format!("`{port}` is not a port"), "write a number from 1 to 65535, or leave it out"))
        }
        _ => None,
    }
}

/// A name, an IPv4 address, or an IPv6 address in brackets.
fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok();
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|char| char.is_ascii_alphanumeric() || char == '-' || char == '_')
    };
    host.len() <= 253 && host.strip_suffix('.').unwrap_or(host).split('.').all(is_label)
}

fn is_of_url(char: char) -> bool {
    char.is_ascii_graphic() && !matches!(char, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
}
