//! What a certificate says, as it is kept beside the Secret that holds it: the annotations that
//! take the place of the certificate itself.

/// When the certificate of a Secret ends, as an RFC 3339 time.
pub const NOT_AFTER: &str = "kintsugi.dev/certificate-not-after";
/// The hosts that it is for, with commas between them.
pub const CERTIFICATE_HOSTS: &str = "kintsugi.dev/certificate-hosts";
