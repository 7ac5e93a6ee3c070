//! The kinds of failure that a log can tell of, and what is kept of one.

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident = $word:literal,)+) => {
        /// What kind of reason a program gives for its failure.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum FailureKind {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl FailureKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The word used in facts.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    };
}

kinds! {
    /// A variable or setting that the program needs is not set.
    MissingEnv = "missing_env",
    /// A file or directory is not there.
    MissingFile = "missing_file",
    /// A module, class, package or gem is not there.
    MissingModule = "missing_module",
    /// A command is not there.
    CommandNotFound = "command_not_found",
    /// The kernel refused access to a file, a directory or a port.
    PermissionDenied = "permission_denied",
    /// A write went to a file system that is mounted read-only.
    ReadOnlyFs = "read_only_fs",
    /// The port is taken.
    PortInUse = "port_in_use",
    /// A flag or argument of the command line is not known, missing, or has a bad value.
    BadFlag = "bad_flag",
    /// A shell script does not parse.
    ShellSyntax = "shell_syntax",
    /// A configuration does not parse, or says what the program does not know.
    ConfigParse = "config_parse",
    /// The other side refused the connection.
    ConnectionRefused = "connection_refused",
    /// The other side did not answer in time, or there is no way to it.
    ConnectionTimeout = "connection_timeout",
    /// The other side broke the connection off.
    ConnectionReset = "connection_reset",
    /// A host name has no address.
    NameUnresolved = "name_unresolved",
    /// A certificate has expired or is not valid yet.
    TlsExpired = "tls_expired",
    /// A certificate's issuer is not trusted.
    TlsUnknownAuthority = "tls_unknown_authority",
    /// A certificate is for another name.
    TlsNameMismatch = "tls_name_mismatch",
    /// The other side does not accept who the program says it is.
    Unauthorized = "unauthorized",
    /// The other side knows who the program is and does not let it do this.
    Forbidden = "forbidden",
    /// The program could get no more memory.
    OutOfMemory = "out_of_memory",
    /// A file system is full.
    DiskFull = "disk_full",
    /// Too many open files or watches.
    TooManyFiles = "too_many_files",
    /// The program is built for another kind of machine, or is no program.
    ExecFormat = "exec_format",
    /// A shared library is not there.
    MissingLibrary = "missing_library",
    /// The program touched memory that it must not, or ran a bad instruction.
    Segfault = "segfault",
    /// An assertion of the program does not hold.
    Assertion = "assertion",
    /// A panic or an exception that nobody caught.
    Panic = "panic",
    /// A table, column or database is not there, or a migration failed.
    Migration = "migration",
    /// Another process holds a lock.
    LockHeld = "lock_held",
    /// The log tells of a failure in words that are not known.
    Unknown = "unknown",
}

/// The line of a log that tells why a program failed, and what it names. Text that the line does
/// not give is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// What kind of reason.
    pub kind: FailureKind,
    /// The line itself, without time stamp and level, cut to 400 characters.
    pub line: String,
    /// The line's number in the text, from 1.
    pub number: usize,
    /// What is missing, unknown or refused: a variable, module, command, flag, table, type of
    /// exception.
    pub name: String,
    /// The host that was to be reached, by name if the line names it.
    pub host: String,
    /// The port that was to be reached or listened on; 0 if it is not told.
    pub port: u16,
    /// The file or directory.
    pub path: String,
    /// The other side's own words, or the message of an exception.
    pub said: String,
    /// What was to be done, of a 403 from the API server.
    pub verb: String,
    /// The resource it was to be done to.
    pub resource: String,
    /// The resource's API group; empty for the core group.
    pub group: String,
    /// The namespace; empty for the whole cluster.
    pub namespace: String,
    /// The user who was refused or not accepted.
    pub user: String,
}

impl Failure {
    /// A failure that names nothing yet.
    #[must_use]
    pub const fn new(kind: FailureKind, line: String, number: usize) -> Self {
        Self {
            kind,
            line,
            number,
            name: String::new(),
            host: String::new(),
            port: 0,
            path: String::new(),
            said: String::new(),
            verb: String::new(),
            resource: String::new(),
            group: String::new(),
            namespace: String::new(),
            user: String::new(),
        }
    }

    /// Takes over what another failure of the same kind names and this one does not.
    pub(super) fn fill_from(&mut self, other: &Self) {
        if self.kind != other.kind {
            return;
        }
        // A host without its port, or a port of another host, would point at the wrong place.
        if self.host.is_empty() || (self.port == 0 && self.host == other.host) {
            self.host.clone_from(&other.host);
            if self.port == 0 {
                self.port = other.port;
            }
        }
        for (mine, theirs) in [
            (&mut self.name, &other.name),
            (&mut self.path, &other.path),
            (&mut self.user, &other.user),
        ] {
            if mine.is_empty() {
                mine.clone_from(theirs);
            }
        }
    }
}
