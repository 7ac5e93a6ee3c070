//! Variables, configuration, flags, the syntax of shells.

use super::Row;

pub(crate) const SETTINGS: &[Row] = &[
    // Shells
    (
        "/app/run.sh: line 3: SMTP_HOST: parameter not set",
        "missing_env name=SMTP_HOST",
    ),
    (
        "/bin/sh: SMTP_HOST: parameter not set",
        "missing_env name=SMTP_HOST",
    ),
    (
        "sh: 1: SMTP_HOST: parameter not set or null",
        "missing_env name=SMTP_HOST",
    ),
    (
        "/entrypoint.sh: line 12: DB_URL: unbound variable",
        "missing_env name=DB_URL",
    ),
    (
        "/app/run.sh: line 3: SMTP_HOST: must be set",
        "missing_env name=SMTP_HOST",
    ),
    (
        "sh: 1: SMTP_HOST: is required to send mail",
        "missing_env name=SMTP_HOST",
    ),
    (
        "sh: SMTP_HOST: SMTP_HOST is not set",
        "missing_env name=SMTP_HOST",
    ),
    (
        "starting\nFATAL: environment variable SMTP_HOST is not set",
        "missing_env name=SMTP_HOST",
    ),
    ("ERROR: SMTP_HOST is not set", "missing_env name=SMTP_HOST"),
    ("SMTP_HOST must be set", "missing_env name=SMTP_HOST"),
    (
        "Missing required environment variable: SMTP_HOST",
        "missing_env name=SMTP_HOST",
    ),
    (
        "missing required env SMTP_HOST",
        "missing_env name=SMTP_HOST",
    ),
    (
        "Required environment variables are missing: SMTP_HOST, SMTP_PORT",
        "missing_env name=SMTP_HOST",
    ),
    (
        "fatal: env var 'API_TOKEN' not found",
        "missing_env name=API_TOKEN",
    ),
    (
        "Please set the REDIS_URL environment variable",
        "missing_env name=REDIS_URL",
    ),
    // Python
    (
        "Traceback (most recent call last):\n  File \"/app/main.py\", line 4, in <module>\n    url = os.environ[\"DATABASE_URL\"]\n          ~~~~~~~~~~^^^^^^^^^^^^^^^^\n  File \"<frozen os>\", line 685, in __getitem__\nKeyError: 'DATABASE_URL'",
        "missing_env name=DATABASE_URL",
    ),
    (
        "Traceback (most recent call last):\n  File \"/app/main.py\", line 4, in <module>\n    url = os.environ[\"database.url\"]\n  File \"/usr/local/lib/python3.9/os.py\", line 679, in __getitem__\n    raise KeyError(key) from None\nKeyError: 'database.url'",
        "missing_env name=database.url",
    ),
    (
        "Traceback (most recent call last):\n  File \"/app/main.py\", line 9, in <module>\n    settings = Settings()\n  File \"/usr/local/lib/python3.12/site-packages/pydantic_settings/main.py\", line 144, in __init__\n    super().__init__(\npydantic_core._pydantic_core.ValidationError: 1 validation error for Settings\nsmtp_host\n  Field required [type=missing, input_value={}, input_type=dict]\n    For further information visit https://errors.pydantic.dev/2.7/v/missing",
        "missing_env name=smtp_host",
    ),
    (
        "pydantic.error_wrappers.ValidationError: 1 validation error for Settings\nsmtp_host\n  field required (type=value_error.missing)",
        "missing_env name=smtp_host",
    ),
    (
        "decouple.UndefinedValueError: SECRET_KEY not found. Declare it as envvar or define a default value.",
        "missing_env name=SECRET_KEY",
    ),
    (
        "django.core.exceptions.ImproperlyConfigured: Set the SECRET_KEY environment variable",
        "missing_env name=SECRET_KEY",
    ),
    (
        "django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.",
        "missing_env name=SECRET_KEY",
    ),
    (
        "environs.exceptions.EnvError: Environment variable \"API_KEY\" not set",
        "missing_env name=API_KEY",
    ),
    // Node
    (
        "/app/index.js:3\nif (!process.env.SMTP_HOST) throw new Error('SMTP_HOST is required');\n                            ^\n\nError: SMTP_HOST is required\n    at Object.<anonymous> (/app/index.js:3:35)\n    at Module._compile (node:internal/modules/cjs/loader:1364:14)\n\nNode.js v20.11.0",
        "missing_env name=SMTP_HOST",
    ),
    (
        "Error: Config validation error: \"DATABASE_URL\" is required",
        "missing_env name=DATABASE_URL",
    ),
    (
        "EnvVarError: env-var: \"DB_PASSWORD\" is a required variable, but it was not set",
        "missing_env name=DB_PASSWORD",
    ),
    (
        "PrismaClientInitializationError: \nInvalid `prisma.user.findMany()` invocation:\n\nerror: Environment variable not found: DATABASE_URL.\n  -->  schema.prisma:10\n",
        "missing_env name=DATABASE_URL",
    ),
    (
        "================================\n Missing environment variables:\n    DATABASE_URL: undefined\n================================",
        "missing_env name=DATABASE_URL",
    ),
    // JVM
    (
        "org.springframework.beans.factory.BeanCreationException: Error creating bean with name 'mailer'\n\tat org.springframework.A.b(A.java:1)\nCaused by: java.lang.IllegalArgumentException: Could not resolve placeholder 'SMTP_HOST' in value \"${SMTP_HOST}\"\n\tat org.springframework.B.c(B.java:2)\n\t... 30 common frames omitted",
        "missing_env name=SMTP_HOST",
    ),
    (
        "***************************\nAPPLICATION FAILED TO START\n***************************\n\nDescription:\n\nFailed to configure a DataSource: 'url' attribute is not specified and no embedded datasource could be configured.\n\nReason: Failed to determine a suitable driver class\n\nAction:\n\nConsider the following:\n\tIf you want an embedded database (H2, HSQL or Derby), please put it on the classpath.",
        "missing_env name=url",
    ),
    (
        "java.util.NoSuchElementException: SRCFG00014: The config property app.smtp.host is required but it could not be found in any config source",
        "missing_env name=app.smtp.host",
    ),
    (
        "Exception in thread \"main\" java.lang.IllegalStateException: Environment variable SMTP_HOST is not set\n\tat com.acme.Main.main(Main.java:7)",
        "missing_env name=SMTP_HOST",
    ),
    // Go
    (
        "2026/11/21 10:00:00 required key SMTP_HOST missing value",
        "missing_env name=SMTP_HOST",
    ),
    (
        "2026/11/21 10:00:00 main.go:14: env: required environment variable \"SMTP_HOST\" is not set",
        "missing_env name=SMTP_HOST",
    ),
    (
        "panic: SMTP_HOST is not set\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:9 +0x65\nexit status 2",
        "missing_env name=SMTP_HOST",
    ),
    (
        "{\"level\":\"fatal\",\"ts\":1763719200.1,\"caller\":\"app/main.go:20\",\"msg\":\"cannot start\",\"error\":\"SMTP_HOST must be set\"}",
        "missing_env name=SMTP_HOST",
    ),
    (
        "time=\"2026-11-21T10:00:00Z\" level=fatal msg=\"SMTP_HOST must be set\"",
        "missing_env name=SMTP_HOST",
    ),
    // Rust
    (
        "thread 'main' panicked at src/main.rs:5:40:\nDATABASE_URL must be set: NotPresent\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
        "missing_env name=DATABASE_URL",
    ),
    (
        "thread 'main' panicked at 'DATABASE_URL must be set: NotPresent', src/main.rs:5:40\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
        "missing_env name=DATABASE_URL",
    ),
    (
        "Error: missing value for field database_url",
        "missing_env name=database_url",
    ),
    (
        "Error: failed to read configuration\n\nCaused by:\n    environment variable not found",
        "missing_env",
    ),
    // Ruby, PHP, .NET, images
    (
        "/app/config.rb:3:in `fetch': key not found: \"SECRET_KEY_BASE\" (KeyError)\n\tfrom /app/config.rb:3:in `<main>'",
        "missing_env name=SECRET_KEY_BASE",
    ),
    (
        "PHP Warning:  Undefined array key \"DB_HOST\" in /app/index.php on line 3",
        "missing_env name=DB_HOST",
    ),
    (
        "PHP Fatal error:  Uncaught Symfony\\Component\\DependencyInjection\\Exception\\EnvNotFoundException: Environment variable not found: \"DATABASE_URL\".",
        "missing_env name=DATABASE_URL",
    ),
    (
        "Unhandled exception. System.InvalidOperationException: The ConnectionString property has not been initialized.\n   at Npgsql.NpgsqlConnection.Open()",
        "missing_env name=ConnectionString",
    ),
    (
        "Error: Database is uninitialized and superuser password is not specified.\n       You must specify POSTGRES_PASSWORD to a non-empty value for the\n       superuser. For example, \"-e POSTGRES_PASSWORD=password\" on \"docker run\".",
        "missing_env name=POSTGRES_PASSWORD",
    ),
    (
        "2026-11-21 10:00:00+00:00 [ERROR] [Entrypoint]: Database is uninitialized and password option is not specified\n    You need to specify one of the following as an environment variable:\n    - MYSQL_ROOT_PASSWORD",
        "missing_env name=MYSQL_ROOT_PASSWORD",
    ),
    // Configuration
    (
        "Error: error parsing config: yaml: line 3: mapping values are not allowed in this context",
        "config_parse",
    ),
    (
        "ts=2026-11-21T10:00:00Z caller=main.go:1 level=error msg=\"Error loading config (--config.file=/etc/prometheus/prometheus.yml)\" file=/etc/prometheus/prometheus.yml err=\"parsing YAML file /etc/prometheus/prometheus.yml: yaml: line 9: did not find expected key\"",
        "config_parse path=/etc/prometheus/prometheus.yml",
    ),
    (
        "Traceback (most recent call last):\n  File \"/app/main.py\", line 3, in <module>\n    cfg = yaml.safe_load(open('/etc/app/config.yaml'))\nyaml.scanner.ScannerError: mapping values are not allowed here\n  in \"/etc/app/config.yaml\", line 2, column 7",
        "config_parse path=/etc/app/config.yaml",
    ),
    (
        "json.decoder.JSONDecodeError: Expecting ',' delimiter: line 3 column 5 (char 40)",
        "config_parse",
    ),
    (
        "SyntaxError: Unexpected token } in JSON at position 41\n    at JSON.parse (<anonymous>)\n    at Object.<anonymous> (/app/index.js:2:16)",
        "config_parse",
    ),
    (
        "2026/11/21 10:00:00 cannot parse /etc/app/config.json: invalid character '}' looking for beginning of object key string",
        "config_parse path=/etc/app/config.json",
    ),
    (
        "Error: TOML parse error at line 3, column 8",
        "config_parse",
    ),
    (
        "nginx: [emerg] unknown directive \"prox_pass\" in /etc/nginx/conf.d/default.conf:5",
        "config_parse path=/etc/nginx/conf.d/default.conf",
    ),
    (
        "2026/11/21 10:00:00 [emerg] 1#1: unexpected \"}\" in /etc/nginx/nginx.conf:12\nnginx: [emerg] unexpected \"}\" in /etc/nginx/nginx.conf:12",
        "config_parse path=/etc/nginx/nginx.conf",
    ),
    (
        "*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\nReading the configuration file, at line 2\n>>> 'maxmemmory 100mb'\nBad directive or wrong number of arguments",
        "config_parse",
    ),
    (
        "2026-11-21 10:00:00.000 GMT [1] LOG:  syntax error in file \"/etc/postgresql/postgresql.conf\" line 3, near token \"=\"\n2026-11-21 10:00:00.000 GMT [1] FATAL:  configuration file \"/etc/postgresql/postgresql.conf\" contains errors",
        "config_parse path=/etc/postgresql/postgresql.conf",
    ),
    (
        "FATAL:  unrecognized configuration parameter \"max_connection\"",
        "config_parse name=max_connection",
    ),
    (
        "[ALERT]    (1) : config : parsing [/usr/local/etc/haproxy/haproxy.cfg:12] : unknown keyword 'blance' in 'backend' section",
        "config_parse path=/usr/local/etc/haproxy/haproxy.cfg",
    ),
    (
        "envconfig.Process: assigning APP_PORT to Port: converting 'abc' to type int. details: strconv.ParseInt: parsing \"abc\": invalid syntax",
        "config_parse name=APP_PORT",
    ),
    // Flags
    (
        "flag provided but not defined: -verbsoe\nUsage of /app/server:\n  -port int\n    \tport (default 8080)",
        "bad_flag name=-verbsoe",
    ),
    (
        "Error: unknown flag: --prot\nUsage:\n  server [flags]\n\nFlags:\n      --port int   port",
        "bad_flag name=--prot",
    ),
    (
        "usage: main.py [-h] [--port PORT]\nmain.py: error: unrecognized arguments: --prot 8080",
        "bad_flag name=--prot",
    ),
    (
        "error: unexpected argument '--prot' found\n\n  tip: a similar argument exists: '--port'\n\nUsage: server --port <PORT>\n\nFor more information, try '--help'.",
        "bad_flag name=--prot",
    ),
    (
        "Usage: main.py [OPTIONS]\nTry 'main.py --help' for help.\n\nError: No such option: --prot Did you mean --port?",
        "bad_flag name=--prot",
    ),
    (
        "Unrecognized option: -Xmx512\nError: Could not create the Java Virtual Machine.\nError: A fatal exception has occurred. Program will exit.",
        "bad_flag name=-Xmx512",
    ),
    (
        "Invalid maximum heap size: -Xmx512x\nError: Could not create the Java Virtual Machine.",
        "bad_flag name=-Xmx512x",
    ),
    (
        "node: bad option: --max-old-spce-size=512",
        "bad_flag name=--max-old-spce-size=512",
    ),
    ("grep: unrecognized option: foo", "bad_flag name=foo"),
    (
        "Error: unknown command \"srve\" for \"app\"\nRun 'app --help' for usage.",
        "bad_flag name=srve",
    ),
    (
        "invalid value \"abc\" for flag -port: parse error\nUsage of server:",
        "bad_flag name=-port",
    ),
    (
        "Error: required flag(s) \"config\" not set",
        "bad_flag name=config",
    ),
    (
        "main.py: error: the following arguments are required: --config",
        "bad_flag name=--config",
    ),
    // Shell syntax
    (
        "/app/run.sh: line 4: syntax error near unexpected token `fi'\n/app/run.sh: line 4: `fi'",
        "shell_syntax",
    ),
    (
        "sh: syntax error: unexpected \"fi\" (expecting \"then\")",
        "shell_syntax",
    ),
    ("sh: 1: Syntax error: \"(\" unexpected", "shell_syntax"),
    (
        "/bin/sh: syntax error: unterminated quoted string",
        "shell_syntax",
    ),
    ("/entrypoint.sh: 7: Bad substitution", "shell_syntax"),
];
