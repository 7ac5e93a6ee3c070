//! Memory, disk, programs, locks; and programs' own mistakes.

use super::Row;

pub(crate) const MACHINE: &[Row] = &[
    (
        "Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap space\n\tat java.base/java.util.Arrays.copyOf(Arrays.java:3537)",
        "out_of_memory",
    ),
    (
        "<--- Last few GCs --->\n\n[1:0x5]    4000 ms: Mark-Compact 253.1 (257.0) -> 252.6 (258.0) MB\n\n<--- JS stacktrace --->\n\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n----- Native stack trace -----\n\n 1: 0xca5580 node::Abort() [node]",
        "out_of_memory",
    ),
    (
        "fatal error: runtime: out of memory\n\nruntime stack:\nruntime.throw({0x4b, 0x16})\n\t/usr/local/go/src/runtime/panic.go:1047 +0x5d",
        "out_of_memory",
    ),
    ("MemoryError", "out_of_memory"),
    (
        "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc",
        "out_of_memory",
    ),
    (
        "memory allocation of 1073741824 bytes failed",
        "out_of_memory",
    ),
    (
        "PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes) in /app/a.php on line 3",
        "out_of_memory",
    ),
    (
        "/app/run.sh: line 3:    12 Killed                  ./work",
        "out_of_memory",
    ),
    (
        "[2026-11-21 10:00:00 +0000] [1] [ERROR] Worker (pid:8) was sent SIGKILL! Perhaps out of memory?",
        "out_of_memory",
    ),
    (
        "# There is insufficient memory for the Java Runtime Environment to continue.\n# Native memory allocation (mmap) failed to map 268435456 bytes",
        "out_of_memory",
    ),
    (
        "numpy.core._exceptions._ArrayMemoryError: Unable to allocate 8.00 GiB for an array with shape (1073741824,) and data type float64",
        "out_of_memory",
    ),
    // Disk, files
    (
        "OSError: [Errno 28] No space left on device: '/data/x'",
        "disk_full path=/data/x",
    ),
    (
        "write /data/wal/0001: no space left on device",
        "disk_full path=/data/wal/0001",
    ),
    (
        "2026-11-21 10:00:00 UTC [1] PANIC:  could not write to file \"pg_wal/xlogtemp.29\": No space left on device",
        "disk_full",
    ),
    (
        "dd: error writing '/data/big': No space left on device",
        "disk_full path=/data/big",
    ),
    (
        "accept tcp [::]:8080: accept4: too many open files",
        "too_many_files",
    ),
    (
        "Error: EMFILE: too many open files, open '/app/x'",
        "too_many_files",
    ),
    (
        "Error: ENOSPC: System limit for number of file watchers reached, watch '/app'",
        "too_many_files",
    ),
    // Programs
    (
        "exec /app/server: exec format error",
        "exec_format path=/app/server",
    ),
    (
        "standard_init_linux.go:228: exec user process caused: exec format error",
        "exec_format",
    ),
    (
        "/app/server: error while loading shared libraries: libssl.so.1.1: cannot open shared object file: No such file or directory",
        "missing_library name=libssl.so.1.1",
    ),
    (
        "Error loading shared library libstdc++.so.6: No such file or directory (needed by /usr/bin/node)",
        "missing_library name=libstdc++.so.6",
    ),
    (
        "ImportError: libGL.so.1: cannot open shared object file: No such file or directory",
        "missing_library name=libGL.so.1",
    ),
    (
        "/app/server: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by /app/server)",
        "missing_library name=GLIBC_2.34",
    ),
    ("Segmentation fault (core dumped)", "segfault"),
    (
        "panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x48]\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:7 +0x1d",
        "panic",
    ),
    // Locks
    (
        "FATAL:  lock file \"postmaster.pid\" already exists\nHINT:  Is another postmaster (PID 1) running in data directory \"/var/lib/postgresql/data\"?",
        "lock_held",
    ),
    (
        "2026-11-21T10:00:00.000Z 1 [ERROR] [MY-012574] [InnoDB] Unable to lock ./ibdata1 error: 11",
        "lock_held",
    ),
    (
        "ts=2026-11-21T10:00:00Z level=error err=\"opening storage failed: lock DB directory: resource temporarily unavailable\"",
        "lock_held",
    ),
    (
        "A server is already running. Check /app/tmp/pids/server.pid.\nExiting",
        "lock_held path=/app/tmp/pids/server.pid",
    ),
    ("sqlite3.OperationalError: database is locked", "lock_held"),
    // Own mistakes
    (
        "Traceback (most recent call last):\n  File \"/app/main.py\", line 3, in <module>\n    main()\n  File \"/app/main.py\", line 2, in main\n    return 1/0\nZeroDivisionError: division by zero",
        "panic name=ZeroDivisionError",
    ),
    (
        "Exception in thread \"main\" java.lang.NullPointerException: Cannot invoke \"String.length()\" because \"s\" is null\n\tat com.acme.Main.main(Main.java:7)",
        "panic name=java.lang.NullPointerException",
    ),
    (
        "/app/index.js:1\nfoo.bar();\n^\n\nReferenceError: foo is not defined\n    at Object.<anonymous> (/app/index.js:1:1)\n\nNode.js v20.11.0",
        "panic name=ReferenceError",
    ),
    (
        "panic: assignment to entry in nil map\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:5 +0x2b\nexit status 2",
        "panic",
    ),
    (
        "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [chan receive]:\nmain.main()",
        "panic",
    ),
    (
        "thread 'main' panicked at src/main.rs:2:5:\nindex out of bounds: the len is 0 but the index is 3\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
        "panic",
    ),
    (
        "/app/a.rb:3:in `<main>': undefined method `foo' for nil:NilClass (NoMethodError)",
        "panic name=NoMethodError",
    ),
    (
        "PHP Fatal error:  Uncaught TypeError: foo(): Argument #1 must be of type int, string given in /app/a.php:3\nStack trace:\n#0 {main}\n  thrown in /app/a.php on line 3",
        "panic name=TypeError",
    ),
    (
        "Unhandled exception. System.NullReferenceException: Object reference not set to an instance of an object.\n   at Program.Main() in /src/Program.cs:line 3",
        "panic name=System.NullReferenceException",
    ),
    (
        "terminate called after throwing an instance of 'std::runtime_error'\n  what():  boom",
        "panic name=std::runtime_error",
    ),
    (
        "app: main.c:3: main: Assertion `x > 0' failed.\nAborted (core dumped)",
        "assertion",
    ),
    ("AssertionError: expected 3 tables", "assertion"),
    (
        "** (RuntimeError) boom\n    lib/app.ex:3: App.run/0",
        "panic name=RuntimeError",
    ),
    ("something odd: cannot continue", "unknown"),
    ("ERROR it broke", "unknown"),
];
