//! Words about commands and modules that are not there.

use super::super::kind::FailureKind::{CommandNotFound, MissingModule};
use super::{LIKELY, Rule, SPECIFIC, rule};

pub(super) const RULES: &[Rule] = &[
    rule(
        CommandNotFound,
        SPECIFIC + 2,
        &[": not found", "command not found"],
        r"(?:^|[\s/])(?:[\w.-]*sh|[\w./-]+\.sh|[\w./-]*entrypoint[\w.-]*|exec|env): (?:(?:line )?[0-9]+: )?(?:exec: )?(?P<name>[^\s:'\x22][^:]{0,200}): (?:command )?not found",
    ),
    // Commands.
    rule(
        CommandNotFound,
        SPECIFIC + 1,
        &["executable file not found"],
        r"exec: \\?[\x22'](?P<name>[^\x22'\\]+)\\?[\x22']: executable file not found",
    ),
    rule(
        CommandNotFound,
        SPECIFIC + 1,
        &["no such file or directory"],
        r"(?:^|[\s/])(?:(?:[\w./-]*sh|[\w./-]+\.sh|[\w./-]*entrypoint[\w.-]*): (?:line )?[0-9]+: (?:exec: )?|exec |exec: \\?[\x22']|env: ['‘`]?|\] exec |failed to exec |standard_init_linux\.go.*exec )(?P<path>[^\s:'’\x22\\]+)(?:\\r)?['’\x22\\]*:? (?:stat [^:]+: |failed: )?no such file or directory(?:: unknown)?$",
    ),
    rule(
        CommandNotFound,
        SPECIFIC + 1,
        &["env: can't execute", "env: can’t execute"],
        r"can['’]t execute ['‘`]?(?P<name>[^'’`\s:]+)",
    ),
    rule(
        CommandNotFound,
        SPECIFIC + 1,
        &["spawn "],
        r"spawn (?P<name>\S+) ENOENT",
    ),
    rule(
        CommandNotFound,
        SPECIFIC,
        &["missing script"],
        r"Missing script:? [\x22']?(?P<name>[\w:.-]+)",
    ),
    rule(
        CommandNotFound,
        SPECIFIC,
        &["command \""],
        r"error Command \x22(?P<name>[^\x22]+)\x22 not found",
    ),
    rule(
        CommandNotFound,
        SPECIFIC,
        &["no rule to make target"],
        r"No rule to make target [`'‘](?P<name>[^'’]+)",
    ),
    rule(
        CommandNotFound,
        SPECIFIC,
        &["exec failed", "cannot execute: required file not found"],
        r"(?:exec (?P<name>\S+) failed: No such file|(?P<path>/\S+): cannot execute: required file not found)",
    ),
    rule(
        CommandNotFound,
        LIKELY,
        &["applet not found"],
        r"(?P<name>\S+): applet not found",
    ),
    // Modules, before files: their lines speak of files too.
    rule(
        MissingModule,
        SPECIFIC + 3,
        &["no module named"],
        r"No module named ['\x22]?(?P<name>[\w.-]+)",
    ),
    rule(
        MissingModule,
        SPECIFIC,
        &["cannot import name"],
        r"cannot import name ['\x22]?(?P<name>[\w.]+)['\x22]? from (?:partially initialized module )?['\x22]?(?P<said>[\w.]+)",
    ),
    rule(
        MissingModule,
        SPECIFIC,
        &["could not import"],
        r"Could not import (?:module )?['\x22]?(?P<name>[\w.]+)",
    ),
    rule(
        MissingModule,
        SPECIFIC + 1,
        &["cannot find module", "cannot find package"],
        r"Cannot find (?:module|package) ['\x22](?P<name>[^'\x22]+)['\x22]",
    ),
    rule(
        MissingModule,
        LIKELY,
        &["code: 'module_not_found'", "err_module_not_found"],
        "",
    ),
    rule(
        MissingModule,
        SPECIFIC,
        &["could not find or load main class"],
        r"Could not find or load main class (?P<name>[\w.$/-]+)",
    ),
    rule(
        MissingModule,
        SPECIFIC,
        &["classnotfoundexception", "noclassdeffounderror"],
        r"(?:ClassNotFoundException|NoClassDefFoundError): (?:Could not initialize class )?(?P<name>[\w.$/]+)",
    ),
    rule(
        MissingModule,
        SPECIFIC,
        &["no main manifest attribute"],
        r"no main manifest attribute, in (?P<name>\S+)",
    ),
    rule(
        MissingModule,
        SPECIFIC,
        &["cannot load such file"],
        r"cannot load such file -- (?P<name>[^\s(]+)",
    ),
    rule(
        MissingModule,
        SPECIFIC,
        &[
            "could not find gem",
            "in locally installed gems",
            "in any of the sources",
        ],
        r"Could not find (?:gem )?['\x22]?(?P<name>[\w.-]+)",
    ),
    rule(
        MissingModule,
        SPECIFIC,
        &["not found"],
        r"(?:Uncaught Error: )?Class [\x22'](?P<name>[\w\\]+)[\x22'] not found",
    ),
    rule(
        MissingModule,
        SPECIFIC + 2,
        &["vendor/autoload.php"],
        r"(?:Failed opening required|failed to open stream|require\w*\().*?(?P<path>/?[\w./-]*vendor/autoload\.php)",
    ),
    rule(
        MissingModule,
        SPECIFIC,
        &["could not load file or assembly"],
        r"Could not load file or assembly '(?P<name>[^',]+)",
    ),
    rule(
        MissingModule,
        SPECIFIC,
        &["in @inc"],
        r"Can't locate (?P<name>\S+) in @INC",
    ),
    rule(
        MissingModule,
        SPECIFIC,
        &["module '"],
        r"module '(?P<name>[\w.-]+)' not found:",
    ),
    rule(
        MissingModule,
        SPECIFIC,
        &["unable to resolve service for type"],
        r"Unable to resolve service for type '(?P<name>[^']+)'",
    ),
    rule(
        MissingModule,
        SPECIFIC,
        &[
            "application to execute does not exist",
            "the command could not be loaded",
        ],
        r"(?:.*does not exist: '(?P<name>[^']+)'|.*)",
    ),
    rule(
        MissingModule,
        LIKELY,
        &["required a bean of type", "no qualifying bean of type"],
        r"bean of type '(?P<name>[^']+)'",
    ),
    rule(
        MissingModule,
        SPECIFIC,
        &["failed to find attribute '"],
        r"Failed to find attribute '(?P<name>\w+)' in '(?P<said>[\w.]+)'",
    ),
];
