//! Files, modules, commands, permissions.

use super::Row;

pub(crate) const FILES: &[Row] = &[
    (
        "Traceback (most recent call last):\n  File \"/app/main.py\", line 3, in <module>\n    open('/etc/app/config.yaml')\nFileNotFoundError: [Errno 2] No such file or directory: '/etc/app/config.yaml'",
        "missing_file path=/etc/app/config.yaml",
    ),
    (
        "python: can't open file '/app/mian.py': [Errno 2] No such file or directory",
        "missing_file path=/app/mian.py",
    ),
    (
        "Error: ENOENT: no such file or directory, open '/etc/app/config.json'\n    at Object.openSync (node:fs:601:3) {\n  errno: -2,\n  code: 'ENOENT',\n  syscall: 'open',\n  path: '/etc/app/config.json'\n}",
        "missing_file path=/etc/app/config.json",
    ),
    (
        "2026/11/21 10:00:00 open /etc/app/config.yaml: no such file or directory",
        "missing_file path=/etc/app/config.yaml",
    ),
    (
        "panic: open /etc/tls/tls.crt: no such file or directory",
        "missing_file path=/etc/tls/tls.crt",
    ),
    (
        "cat: can't open '/config/app.conf': No such file or directory",
        "missing_file path=/config/app.conf",
    ),
    (
        "cat: /config/app.conf: No such file or directory",
        "missing_file path=/config/app.conf",
    ),
    (
        "/bin/sh: can't open '/scripts/run.sh': No such file or directory",
        "missing_file path=/scripts/run.sh",
    ),
    (
        "Exception in thread \"main\" java.io.FileNotFoundException: /etc/app/app.properties (No such file or directory)\n\tat java.base/java.io.FileInputStream.open0(Native Method)",
        "missing_file path=/etc/app/app.properties",
    ),
    (
        "java.nio.file.NoSuchFileException: /etc/app/keystore.p12",
        "missing_file path=/etc/app/keystore.p12",
    ),
    (
        "Error: Unable to access jarfile app.jar",
        "missing_file path=app.jar",
    ),
    (
        "Error: Os { code: 2, kind: NotFound, message: \"No such file or directory\" }",
        "missing_file",
    ),
    (
        "/app/a.rb:1:in `initialize': No such file or directory @ rb_sysopen - /etc/app.yml (Errno::ENOENT)",
        "missing_file path=/etc/app.yml",
    ),
    (
        "Unhandled exception. System.IO.FileNotFoundException: The configuration file 'appsettings.json' was not found and is not optional. The expected physical path was '/app/appsettings.json'.",
        "missing_file name=appsettings.json path=/app/appsettings.json",
    ),
    (
        "nginx: [emerg] cannot load certificate \"/etc/nginx/tls/tls.crt\": BIO_new_file() failed (SSL: error:80000002:system library::No such file or directory:calling fopen(/etc/nginx/tls/tls.crt, r))",
        "missing_file path=/etc/nginx/tls/tls.crt",
    ),
    (
        "nginx: [emerg] open() \"/etc/nginx/nginx.conf\" failed (2: No such file or directory)",
        "missing_file path=/etc/nginx/nginx.conf",
    ),
    (
        "1:C 21 Nov 2026 10:00:00.000 # Fatal error, can't open config file '/etc/redis/redis.conf': No such file or directory",
        "missing_file path=/etc/redis/redis.conf",
    ),
    (
        "config file /etc/app/config.yaml not found",
        "missing_file path=/etc/app/config.yaml",
    ),
    // Modules
    (
        "Traceback (most recent call last):\n  File \"/app/main.py\", line 1, in <module>\n    import flask\nModuleNotFoundError: No module named 'flask'",
        "missing_module name=flask",
    ),
    (
        "/usr/local/bin/python: No module named gunicorn",
        "missing_module name=gunicorn",
    ),
    (
        "ImportError: cannot import name 'url_quote' from 'werkzeug.urls' (/usr/lib/python3/werkzeug/urls.py)",
        "missing_module name=url_quote",
    ),
    (
        "node:internal/modules/cjs/loader:1147\n  throw err;\n  ^\n\nError: Cannot find module 'express'\nRequire stack:\n- /app/index.js\n    at Module._resolveFilename (node:internal/modules/cjs/loader:1144:15)\n    at Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:86:12) {\n  code: 'MODULE_NOT_FOUND',\n  requireStack: [ '/app/index.js' ]\n}\n\nNode.js v20.11.0",
        "missing_module name=express",
    ),
    (
        "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'pg' imported from /app/db.mjs",
        "missing_module name=pg",
    ),
    (
        "Error: Could not find or load main class com.acme.Main\nCaused by: java.lang.ClassNotFoundException: com.acme.Main",
        "missing_module name=com.acme.Main",
    ),
    (
        "no main manifest attribute, in /app/app.jar",
        "missing_module name=/app/app.jar",
    ),
    (
        "<internal:/usr/lib/ruby/rubygems/core_ext/kernel_require.rb>:85:in `require': cannot load such file -- sinatra (LoadError)",
        "missing_module name=sinatra",
    ),
    (
        "ERROR:    Error loading ASGI app. Could not import module \"mian\".",
        "missing_module name=mian",
    ),
    (
        "Unhandled exception. System.IO.FileNotFoundException: Could not load file or assembly 'Npgsql, Version=7.0.0.0, Culture=neutral'. The system cannot find the file specified.",
        "missing_module name=Npgsql",
    ),
    // Commands
    ("sh: 1: foo: not found", "command_not_found name=foo"),
    ("/bin/sh: foo: not found", "command_not_found name=foo"),
    (
        "bash: line 1: foo: command not found",
        "command_not_found name=foo",
    ),
    (
        "/entrypoint.sh: line 5: gosu: command not found",
        "command_not_found name=gosu",
    ),
    (
        "/entrypoint.sh: exec: line 5: /app/server: not found",
        "command_not_found name=/app/server",
    ),
    (
        "exec: \"serve\": executable file not found in $PATH",
        "command_not_found name=serve",
    ),
    (
        "exec /entrypoint.sh: no such file or directory",
        "command_not_found name=/entrypoint.sh path=/entrypoint.sh",
    ),
    (
        "env: 'bash\\r': No such file or directory",
        "command_not_found name=bash path=bash",
    ),
    (
        "npm error Missing script: \"start\"\nnpm error\nnpm error To see a list of scripts, run:\nnpm error   npm run",
        "command_not_found name=start",
    ),
    (
        "make: *** No rule to make target 'serve'.  Stop.",
        "command_not_found name=serve",
    ),
    // Permissions
    (
        "PermissionError: [Errno 13] Permission denied: '/data/db.sqlite'",
        "permission_denied path=/data/db.sqlite",
    ),
    (
        "Error: EACCES: permission denied, mkdir '/data/cache'",
        "permission_denied path=/data/cache",
    ),
    (
        "2026/11/21 10:00:00 open /data/db: permission denied",
        "permission_denied path=/data/db",
    ),
    (
        "mkdir: can't create directory '/data/x': Permission denied",
        "permission_denied path=/data/x",
    ),
    (
        "/app/run.sh: line 2: can't create /var/log/app.log: Permission denied",
        "permission_denied path=/var/log/app.log",
    ),
    (
        "touch: /data/x: Permission denied",
        "permission_denied path=/data/x",
    ),
    (
        "chown: /var/lib/postgresql/data: Operation not permitted",
        "permission_denied path=/var/lib/postgresql/data",
    ),
    (
        "nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)",
        "permission_denied host=0.0.0.0 port=80",
    ),
    (
        "listen tcp :80: bind: permission denied",
        "permission_denied port=80",
    ),
    (
        "Error: listen EACCES: permission denied 0.0.0.0:80",
        "permission_denied host=0.0.0.0 port=80",
    ),
    (
        "nginx: [emerg] mkdir() \"/var/cache/nginx/client_temp\" failed (13: Permission denied)",
        "permission_denied path=/var/cache/nginx/client_temp",
    ),
    (
        "java.nio.file.AccessDeniedException: /data/index",
        "permission_denied path=/data/index",
    ),
    (
        "Unhandled exception. System.UnauthorizedAccessException: Access to the path '/data/keys' is denied.",
        "permission_denied path=/data/keys",
    ),
    (
        "Error: Os { code: 13, kind: PermissionDenied, message: \"Permission denied\" }",
        "permission_denied",
    ),
    (
        "initdb: error: could not change permissions of directory \"/var/lib/postgresql/data\": Operation not permitted",
        "permission_denied path=/var/lib/postgresql/data",
    ),
    // The runtime's words, which stand in a container's status where no log is.
    (
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"/app/run.sh\": permission denied: unknown",
        "permission_denied path=/app/run.sh",
    ),
    (
        "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: \"gunicorn\": executable file not found in $PATH: unknown",
        "command_not_found name=gunicorn",
    ),
    (
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"/app/srever\": stat /app/srever: no such file or directory: unknown",
        "command_not_found name=/app/srever path=/app/srever",
    ),
    (
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec /app/server: exec format error",
        "exec_format path=/app/server",
    ),
    // Read-only
    (
        "touch: /data/x: Read-only file system",
        "read_only_fs path=/data/x",
    ),
    (
        "OSError: [Errno 30] Read-only file system: '/app/cache'",
        "read_only_fs path=/app/cache",
    ),
    (
        "Error: EROFS: read-only file system, open '/app/log.txt'",
        "read_only_fs path=/app/log.txt",
    ),
    (
        "open /tmp/x: read-only file system",
        "read_only_fs path=/tmp/x",
    ),
    (
        "nginx: [emerg] mkdir() \"/var/cache/nginx/client_temp\" failed (30: Read-only file system)",
        "read_only_fs path=/var/cache/nginx/client_temp",
    ),
    (
        "can't create /data/x: Read-only file system",
        "read_only_fs path=/data/x",
    ),
];
