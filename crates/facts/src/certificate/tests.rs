//! Certificates as OpenSSL makes them, and what is none.

use proptest::prelude::*;

use super::*;

pub(super) const SHOP: &str = "-----BEGIN CERTIFICATE-----
MIIBtDCCAVqgAwIBAgIUPGPqQeX/Sf6oN9IVh2CjNqU1xPUwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMc2hvcC5leGFtcGxlMB4XDTI2MTEyMTEyMDI0M1oXDTI3MDIx
OTEyMDI0M1owFzEVMBMGA1UEAwwMc2hvcC5leGFtcGxlMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEs05dDLcbQBLL+FG6AyLbpQGHLR3zP7ST8X5naY7Q3PLwfEOE
/MOBJXEK9/QmaQHHPRfkEoxxR717dN3ebrna9aOBgzCBgDAdBgNVHQ4EFgQUK3ca
owTY971L3fXk1Hu30VNYoxgwHwYDVR0jBBgwFoAUK3caowTY971L3fXk1Hu30VNY
oxgwDwYDVR0TAQH/BAUwAwEB/zAtBgNVHREEJjAkggxzaG9wLmV4YW1wbGWCDiou
c2hvcC5leGFtcGxlhwQKAAABMAoGCCqGSM49BAMCA0gAMEUCIC9FHffql6NArXh8
9k8el3hdeV8ltvzQBI+zTPyoOXzGAiEAu4s+FZsXIV/MbfNzLLQRiiMpAR1WjcEj
d0JK1be54Wk=
-----END CERTIFICATE-----
";
/// It ends after 2050, so that its time has another form, and names no hosts.
const LONG: &str = "-----BEGIN CERTIFICATE-----
MIIBgzCCASmgAwIBAgIUN1UJxD+UrQhNoVnXSbJAxcOWpsIwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLb2xkLmV4YW1wbGUwIBcNMjYxMTIxMTIwMjQzWhgPMjA4MTA4
MjQxMjAyNDNaMBYxFDASBgNVBAMMC29sZC5leGFtcGxlMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEd9TCC+dKqeUG6Nx0OcQgO2o7j6nredS0xy80rdXaLImLO0Im
FSiAntNm7s0KGahrIjIbnHtc9H9MG96mOcK4jKNTMFEwHQYDVR0OBBYEFD58FSv6
Nchg5qTEHHOsj248h3rhMB8GA1UdIwQYMBaAFD58FSv6Nchg5qTEHHOsj248h3rh
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgUMEZuX7uYgMn+H0c
F3ImtemjjaiLt8HXlDDQBqMdy+ICIQD7DhtbXIvx7F7YCsvQ+MXKA4WmiUAa1tyd
6NId2DDmDQ==
-----END CERTIFICATE-----
";

fn ends(pem: &str) -> String {
    Certificate::of_pem(pem).unwrap().not_after.to_string()
}

#[test]
fn a_certificate_tells_when_it_ends_and_which_hosts_it_is_for() {
    let known = Certificate::of_pem(SHOP).unwrap();
    assert_eq!(known.not_after.to_string(), "2027-02-19T12:02:43.000000Z");
    assert_eq!(known.hosts, ["shop.example", "*.shop.example"]);
    assert_eq!(ends(LONG), "2081-08-24T12:02:43.000000Z");
    assert_eq!(Certificate::of_pem(LONG).unwrap().hosts, [""; 0]);
}

#[test]
fn of_a_chain_the_first_one_is_read_even_where_the_rest_is_cut_off() {
    let chain = format!("subject: shop\n{SHOP}{LONG}");
    assert_eq!(ends(&chain), ends(SHOP));
    let secret = STANDARD.encode(&chain);
    let known = Certificate::of_pem(SHOP);
    assert_eq!(Certificate::of_secret(&secret), known);
    assert_eq!(Certificate::of_secret(&secret[..secret.len() - 101]), known);
}

#[test]
fn what_is_no_certificate_tells_nothing() {
    for text in ["", "CERT", "Q0VSVA==", "-----BEGIN CERTIFICATE-----", "é"] {
        assert_eq!(Certificate::of_pem(text), None, "{text}");
        assert_eq!(Certificate::of_secret(text), None, "{text}");
    }
    let empty = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----";
    assert_eq!(Certificate::of_pem(empty), None);
}

#[test]
fn times_that_are_none_are_refused() {
    for (tag, time) in [
        (UTC_TIME, "261301000000Z"),
        (UTC_TIME, "20260101000000Z"),
        (GENERAL_TIME, "260101000000Z"),
        (UTC_TIME, "260101000000"),
        (UTC_TIME, "26010100000+Z"),
        (SEQUENCE, "260101000000Z"),
    ] {
        assert_eq!(moment(tag, time.as_bytes()), None, "{time}");
    }
    let old = moment(UTC_TIME, b"991231235959Z").unwrap();
    assert!(old.to_string().starts_with("1999-"));
}

#[test]
fn a_host_that_would_lead_astray_is_none() {
    for text in ["", "a,b", "a b", "\u{1b}[2J", "shop.例"] {
        assert_eq!(host(text.as_bytes()), None, "{text:?}");
    }
    assert_eq!(host(&[b'a'; 254]), None);
}

proptest! {
    #[test]
    fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = Certificate::of_der(&bytes);
        let _ = Certificate::of_secret(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_certificate_that_was_tampered_with_breaks_nothing(
        place in 0_usize..600, byte in any::<u8>(), end in 0_usize..700,
    ) {
        let body: String = SHOP.lines().filter(|line| !line.starts_with('-')).collect();
        let mut bytes = STANDARD.decode(body).unwrap();
        if let Some(slot) = bytes.get_mut(place) {
            *slot = byte;
        }
        bytes.truncate(end);
        let _ = Certificate::of_der(&bytes);
    }
}
