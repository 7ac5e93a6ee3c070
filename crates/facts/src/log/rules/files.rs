//! Words about files: not there, not allowed, not writable.

use super::super::kind::FailureKind::{MissingFile, PermissionDenied, ReadOnlyFs};
use super::{LIKELY, Rule, SPECIFIC, rule};

pub(super) const RULES: &[Rule] = &[
    // Permissions.
    rule(
        PermissionDenied,
        SPECIFIC + 2,
        &[
            "bind()",
            "listen eacces",
            "bind: permission denied",
            "permission denied 0.0.0.0",
            "permission denied ::",
        ],
        r"(?:bind\(\) to (?P<addr>\S+) failed \(13|listen EACCES: permission denied (?P<host>\S*?):(?P<port>[0-9]+))",
    ),
    rule(
        PermissionDenied,
        SPECIFIC + 2,
        &["bind: permission denied"],
        r"listen (?:tcp|udp)[46]? (?P<addr>\S+): bind",
    ),
    rule(
        PermissionDenied,
        SPECIFIC + 1,
        &["permissionerror"],
        r"PermissionError: \[Errno (?:13|1)\] [^:]+(?:: '(?P<path>[^']+)')?",
    ),
    rule(
        PermissionDenied,
        SPECIFIC + 1,
        &["eacces", "eperm"],
        r"(?:EACCES|EPERM)\b(?:.*?'(?P<path>/[^']*)')?",
    ),
    rule(
        PermissionDenied,
        SPECIFIC + 1,
        &["accessdeniedexception: /", "unauthorizedaccessexception"],
        r"(?:AccessDeniedException: |Access to the path ')(?P<path>/[^\s']*)",
    ),
    rule(
        PermissionDenied,
        SPECIFIC + 1,
        &[
            "wrong ownership",
            "invalid permissions",
            "could not change permissions",
            "could not change ownership",
        ],
        r"[\x22'](?P<path>/[^\x22']+)[\x22']",
    ),
    rule(
        PermissionDenied,
        SPECIFIC,
        &["permission denied"],
        r"(?:^|[\s('\x22])(?P<path>/[^\s'\x22:(),]+)['\x22]?(?:: | \()[^/]{0,60}permission denied",
    ),
    rule(
        PermissionDenied,
        SPECIFIC - 1,
        &["permission denied"],
        r"(?:[\s('\x22]|^)(?P<path>[\w.-]*/[^\s'\x22:(),]+)?.*permission denied",
    ),
    rule(
        PermissionDenied,
        LIKELY,
        &["operation not permitted"],
        r"(?:[\s('\x22]|^)(?P<path>/[^\s'\x22:(),]+)?['\x22:]*.*operation not permitted",
    ),
    rule(PermissionDenied, SPECIFIC, &["kind: permissiondenied"], ""),
    rule(
        PermissionDenied,
        SPECIFIC,
        &[
            "can't write to",
            "not writable",
            "is not writeable",
            "not writeable",
        ],
        r"(?P<path>/[\w./-]+).*not write?able|can't write to.*?(?P<said>/[\w./-]+)",
    ),
    // Read-only file systems.
    rule(
        ReadOnlyFs,
        SPECIFIC + 3,
        &["read-only file system", "erofs"],
        r"(?:.*?['\x22 (](?P<path>/[^\s'\x22:(),]+)['\x22]?:? ?\(?(?:[0-9]+: )?Read-only file system|.*(?:Read-only file system|EROFS)[^/]*(?:['\x22 ](?P<said>/[^\s'\x22:(),]+))?)",
    ),
    rule(
        ReadOnlyFs,
        SPECIFIC + 3,
        &["kind: readonlyfilesystem", "(os error 30)"],
        "",
    ),
    // Files.
    rule(
        MissingFile,
        SPECIFIC,
        &["unable to access jarfile"],
        r"Unable to access jarfile (?P<path>\S+)",
    ),
    rule(
        MissingFile,
        SPECIFIC + 1,
        &["enoent: no such file"],
        r"ENOENT: no such file or directory(?:, \w+ '(?P<path>[^']+)')?",
    ),
    rule(
        MissingFile,
        SPECIFIC + 1,
        &["no such file or directory"],
        r"\[Errno 2\] No such file or directory: b?['\x22](?P<path>[^'\x22]+)",
    ),
    rule(
        MissingFile,
        SPECIFIC + 1,
        &["can't open file '", "can't open '"],
        r"can't open (?:file )?'(?P<path>[^']+)'",
    ),
    rule(
        MissingFile,
        SPECIFIC,
        &["rb_sysopen", "@ dir_"],
        r"No such file or directory @ \w+ - (?P<path>[^\s(]+)",
    ),
    rule(
        MissingFile,
        SPECIFIC,
        &["no such file or directory"],
        r"(?:open|stat|lstat|read|mkdir|chdir|readlink|remove|unlink|access|rename|scandir|opendir|execve|fork/exec)(?:\(\))? [\x22']?(?P<path>[^\s\x22':,]+)[\x22']?(?::| failed \(2:) no such file or directory",
    ),
    rule(
        MissingFile,
        SPECIFIC - 1,
        &["no such file or directory", "no such file"],
        r"(?:^|[\s('\x22])(?P<path>\.{0,2}/[^\s'\x22:(),]+)['\x22]?(?:: | \()[^/]{0,80}no such file",
    ),
    rule(
        MissingFile,
        SPECIFIC - 2,
        &["no such file or directory", "no such file"],
        r"(?P<path>[\w.-]+\.\w{1,8})['\x22]?(?:: | \()no such file|no such file",
    ),
    rule(
        MissingFile,
        SPECIFIC,
        &["nosuchfileexception", "filenotfoundexception"],
        r"(?:NoSuchFileException|FileNotFoundException): (?P<path>/?[^\s(]*[./][^\s(]*)",
    ),
    rule(
        MissingFile,
        SPECIFIC,
        &[
            "cannot be opened because it does not exist",
            "because it does not exist",
        ],
        r"(?:resource|file) \[(?P<path>[^\]]+)\]",
    ),
    rule(
        MissingFile,
        SPECIFIC,
        &["cannot be found", "could not be found"],
        r"(?:Config data (?:resource|location)|file|resource) .*?['\[](?P<path>/?[\w.-]*[/.][\w./-]*)['\]].*(?:cannot|could not) be found",
    ),
    rule(
        MissingFile,
        SPECIFIC,
        &["could not find file '", "could not find a part of the path"],
        r"Could not find (?:file|a part of the path) '(?P<path>[^']+)'",
    ),
    rule(
        MissingFile,
        SPECIFIC,
        &["was not found and is not optional"],
        r"configuration file '(?P<name>[^']+)' was not found(?:.*physical path was '(?P<path>[^']+)')?",
    ),
    rule(
        MissingFile,
        SPECIFIC,
        &["failed to open stream", "failed opening required"],
        r"(?:\((?P<path>/[^)]+)\): failed to open stream|Failed opening required '(?P<said>[^']+)')",
    ),
    rule(
        MissingFile,
        LIKELY,
        &[
            "file not found",
            "file does not exist",
            "does not exist",
            "config file",
            "configuration file",
        ],
        r"(?:config(?:uration)? |certificate |key |secret |data |input |properties )?(?:file|director(?:y|ies)|path|folder)s?:? ?[(\[]?['\x22`]?(?P<path>\.{0,2}/[^\s'\x22`,:)]+)['\x22`]?[)\]]? ?(?:is |was |were |could |can|cannot )?(?:not (?:be )?found|does not exist|doesn't exist|not exist|missing)",
    ),
    rule(
        MissingFile,
        LIKELY,
        &[
            "file not found",
            "not found: /",
            "does not exist: /",
            "missing file",
            "unable to load",
            "unable to read",
            "cannot read",
            "could not read",
            "cannot open",
            "could not open",
        ],
        r"(?:file not found|not found|does not exist|missing file|(?:unable to|cannot|could not|can't) (?:read|open|load|find)(?: the)?(?: \w+){0,3}):? ['\x22`]?(?P<path>/[^\s'\x22`,:)]+)",
    ),
    rule(
        MissingFile,
        LIKELY,
        &["kind: notfound, message", "(os error 2)"],
        "",
    ),
];
