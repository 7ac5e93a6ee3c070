//! Whole logs: the one line among many, and logs that tell of no failure.

use super::Row;

pub(crate) const CHOICES: &[Row] = &[
    // Retries before the end, and an end that says nothing of its own.
    (
        "starting\nWARN: connect to db:5432: connection refused, retrying (1/3)\nWARN: connect to db:5432: connection refused, retrying (2/3)\nWARN: connect to db:5432: connection refused, retrying (3/3)\nFATAL: giving up after 3 attempts\n",
        "connection_refused host=db port=5432",
    ),
    // An error that it went on after, and other last words.
    (
        "ERROR metrics: dial tcp 10.0.0.9:9091: connect: connection refused\nINFO loading\nINFO loading 2\nINFO loading 3\nINFO loading 4\nINFO loading 5\nINFO loading 6\nINFO loading 7\nINFO loading 8\nINFO loading 9\nINFO loading 10\nINFO loading 11\nINFO loading 12\nINFO loading 13\npanic: assignment to entry in nil map\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:5 +0x2b\n",
        "panic",
    ),
    // Farewells after the reason.
    (
        "Error: connect ECONNREFUSED 10.96.1.2:5432\nReceived SIGTERM\nShutting down gracefully\nStopped\n",
        "connection_refused host=10.96.1.2 port=5432",
    ),
    (
        "Error: Cannot find module 'express'\nnpm ERR! code ELIFECYCLE\nnpm ERR! errno 1\nnpm ERR! app@1.0.0 start: `node index.js`\nnpm ERR! Exit status 1\n",
        "missing_module name=express",
    ),
    (
        "2026-11-21 10:00:00,000 INFO Starting\n2026-11-21 10:00:01,000 ERROR org.springframework.boot.SpringApplication - Application run failed\norg.springframework.beans.factory.UnsatisfiedDependencyException: Error creating bean with name 'a'\n\tat a.b.C.d(C.java:1)\nCaused by: org.springframework.beans.factory.BeanCreationException: Error creating bean with name 'dataSource'\n\tat a.b.C.d(C.java:1)\nCaused by: java.net.UnknownHostException: postgres\n\tat java.base/java.net.InetAddress.getAllByName0(InetAddress.java:1)\n\t... 50 more\n2026-11-21 10:00:02,000 INFO Closing JPA EntityManagerFactory\n2026-11-21 10:00:02,100 INFO HikariPool-1 - Shutdown initiated...\n",
        "name_unresolved host=postgres",
    ),
    // Python's chains: the deeper one stands first.
    (
        "Traceback (most recent call last):\n  File \"/usr/lib/python3/urllib/request.py\", line 1344, in do_open\n    h.request(req.get_method())\nsocket.gaierror: [Errno -3] Temporary failure in name resolution\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"/app/main.py\", line 3, in <module>\n    urlopen('http://apii:8080')\nurllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>",
        "name_unresolved",
    ),
    (
        "Traceback (most recent call last):\n  File \"/app/a.py\", line 3, in load\n    return os.environ['SMTP_HOST']\n  File \"<frozen os>\", line 685, in __getitem__\nKeyError: 'SMTP_HOST'\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File \"/app/a.py\", line 9, in <module>\n    load()\nRuntimeError: bad settings",
        "missing_env name=SMTP_HOST",
    ),
    // A worker's end after the reason.
    (
        "[2026-11-21 10:00:00 +0000] [7] [ERROR] Exception in worker process\nTraceback (most recent call last):\n  File \"/usr/local/lib/python3.12/site-packages/gunicorn/arbiter.py\", line 609, in spawn_worker\n    worker.init_process()\nModuleNotFoundError: No module named 'app'\n[2026-11-21 10:00:00 +0000] [7] [INFO] Worker exiting (pid: 7)\n[2026-11-21 10:00:00 +0000] [1] [ERROR] Worker (pid:7) exited with code 3\n[2026-11-21 10:00:00 +0000] [1] [ERROR] Shutting down: Master\n[2026-11-21 10:00:00 +0000] [1] [ERROR] Reason: Worker failed to boot.\n",
        "missing_module name=app",
    ),
    // JSON with a stack in it.
    (
        "{\"@timestamp\":\"2026-11-21T10:00:00Z\",\"level\":\"ERROR\",\"message\":\"Application run failed\",\"stack_trace\":\"org.springframework.beans.BeanCreationException: a\\n\\tat a.B.c(B.java:1)\\nCaused by: java.lang.IllegalArgumentException: Could not resolve placeholder 'SMTP_HOST' in value \\\"${SMTP_HOST}\\\"\\n\\tat d.E.f(E.java:2)\\n\"}",
        "missing_env name=SMTP_HOST",
    ),
    (
        "{\"level\":60,\"time\":1763719200000,\"pid\":1,\"err\":{\"type\":\"Error\",\"message\":\"getaddrinfo ENOTFOUND dbb\",\"stack\":\"Error: getaddrinfo ENOTFOUND dbb\\n    at GetAddrInfoReqWrap.onlookup\",\"code\":\"ENOTFOUND\"},\"msg\":\"startup failed\"}",
        "name_unresolved host=dbb",
    ),
    // Colours, carriage returns, kubelet's time stamps.
    (
        "2026-11-21T10:00:00.123456789Z \u{1b}[31mError: SMTP_HOST is not set\u{1b}[0m\r\n",
        "missing_env name=SMTP_HOST",
    ),
    // Go's logger with an Error chain.
    (
        "level=info msg=start\nlevel=error msg=\"failed to run\" err=\"load config: open /etc/app/config.yaml: no such file or directory\"\n",
        "missing_file path=/etc/app/config.yaml",
    ),
    // The reason, then a usage text.
    (
        "Error: unknown flag: --prot\nUsage:\n  server [flags]\n\nFlags:\n      --config string   config file\n      --port int        port\n\nunknown flag: --prot\n",
        "bad_flag name=--prot",
    ),
    // Who was to be reached stands in another line than that it could not be.
    (
        "connecting to cache:6379\nTraceback (most recent call last):\n  File \"<string>\", line 3, in <module>\n  File \"/usr/lib/python3.11/socket.py\", line 836, in create_connection\n    sock.connect(sa)\nConnectionRefusedError: [Errno 111] Connection refused",
        "connection_refused host=cache port=6379",
    ),
    (
        "waiting for db:5432\nnc: can't connect to remote host (10.215.139.157): Connection refused\nwaiting for db:5432",
        "connection_refused host=db port=5432",
    ),
    (
        "starting on port 8080\nTraceback (most recent call last):\n  File \"/usr/lib/python3.11/socketserver.py\", line 472, in server_bind\n    self.socket.bind(self.server_address)\nOSError: [Errno 98] Address already in use",
        "port_in_use port=8080",
    ),
    ("log-shipper: unknown output \"kafkaa\"", "unknown"),
    ("error: no such bucket: shop-backups", "unknown"),
    // Ready, then a crash much later.
    (
        "listening on :8080\nGET / 200\npanic: boom\n\ngoroutine 12 [running]:\nmain.handler()\n\t/app/main.go:5 +0x2b\n",
        "panic",
    ),
];

pub(crate) const HEALTHY: &[Row] = &[
    ("", "none"),
    ("listening on :8080\n", "none"),
    ("starting\nconnecting\nconnected\nready\n", "none"),
    (
        "2026/11/21 10:00:00 [notice] 1#1: nginx/1.25.3\n2026/11/21 10:00:00 [notice] 1#1: start worker processes\n2026/11/21 10:00:00 [notice] 1#1: start worker process 29\n10.0.0.1 - - [21/Nov/2026:10:00:00 +0000] \"GET /nope HTTP/1.1\" 404 153 \"-\" \"curl/8\"\n",
        "none",
    ),
    (
        "INFO:     Started server process [1]\nINFO:     Application startup complete.\nINFO:     10.0.0.1:4444 - \"GET /x HTTP/1.1\" 401 Unauthorized\nINFO:     10.0.0.1:4444 - \"GET /y HTTP/1.1\" 403 Forbidden\n",
        "none",
    ),
    (
        "2026/11/21 10:00:00 [error] 29#29: *1 open() \"/usr/share/nginx/html/favicon.ico\" failed (2: No such file or directory), client: 10.0.0.1, server: localhost, request: \"GET /favicon.ico HTTP/1.1\", host: \"web\"\n",
        "none",
    ),
    (
        "2026-11-21 10:00:00.000 UTC [1] LOG:  database system is ready to accept connections\n2026-11-21 10:00:00.000 UTC [33] FATAL:  the database system is starting up\n",
        "none",
    ),
    (
        "0 errors, 3 warnings\nbuild finished without errors\n",
        "none",
    ),
    ("INFO no errors found\nINFO error_log=/dev/stderr\n", "none"),
    (
        "1:M 21 Nov 2026 10:00:00.000 * Ready to accept connections tcp\n1:M 21 Nov 2026 10:05:00.000 * 100 changes in 300 seconds. Saving...\n1:M 21 Nov 2026 10:05:00.100 * Background saving terminated with success\n",
        "none",
    ),
    ("working 1\nworking 2\nworking 3\n", "none"),
    ("Received SIGTERM\nShutting down gracefully\nbye\n", "none"),
    (
        "WARN: connect to db:5432: connection refused, retrying\nINFO connected to database\nINFO Application started\nINFO listening on :8080\nINFO handled 1\nINFO handled 2\nINFO handled 3\n",
        "none",
    ),
    (
        "unable to retrieve container logs for containerd://0123\n",
        "none",
    ),
    (
        "Error from server (BadRequest): previous terminated container \"api\" in pod \"api-1\" not found\n",
        "none",
    ),
    (
        "{\"level\":\"info\",\"msg\":\"request\",\"status\":401,\"path\":\"/x\"}\n{\"level\":\"info\",\"msg\":\"request\",\"status\":403,\"path\":\"/y\"}\n",
        "none",
    ),
    (
        "I1121 10:00:00.000000       1 leaderelection.go:250] attempting to acquire leader lease kube-system/x...\nI1121 10:00:01.000000       1 leaderelection.go:260] successfully acquired lease kube-system/x\n",
        "none",
    ),
];
