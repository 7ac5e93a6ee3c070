//! Other programs: refused, silent, unnamed, untrusted; and what they refuse.

use super::Row;

pub(crate) const NETWORK: &[Row] = &[
    // Ports
    (
        "nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address in use)",
        "port_in_use host=0.0.0.0 port=80",
    ),
    (
        "Error: listen EADDRINUSE: address already in use :::3000\n    at Server.setupListenHandle [as _listen2] (node:net:1463:16)",
        "port_in_use port=3000",
    ),
    (
        "listen tcp :8080: bind: address already in use",
        "port_in_use port=8080",
    ),
    (
        "[2026-11-21 10:00:00 +0000] [1] [ERROR] Connection in use: ('0.0.0.0', 8000)",
        "port_in_use host=0.0.0.0 port=8000",
    ),
    (
        "OSError: [Errno 98] error while attempting to bind on address ('0.0.0.0', 8000): address already in use",
        "port_in_use host=0.0.0.0 port=8000",
    ),
    (
        "Description:\n\nWeb server failed to start. Port 8080 was already in use.\n\nAction:\n\nIdentify and stop the process that's listening on port 8080",
        "port_in_use port=8080",
    ),
    (
        "System.IO.IOException: Failed to bind to address http://0.0.0.0:80: address already in use.",
        "port_in_use host=0.0.0.0 port=80",
    ),
    // Refused
    (
        "2026/11/21 10:00:00 dial tcp 10.96.3.4:5432: connect: connection refused",
        "connection_refused host=10.96.3.4 port=5432",
    ),
    (
        "Get \"http://api:8080/v1\": dial tcp 10.96.3.4:8080: connect: connection refused",
        "connection_refused host=api port=8080",
    ),
    (
        "Error: connect ECONNREFUSED 10.96.1.2:5432\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1595:16) {\n  errno: -111,\n  code: 'ECONNREFUSED',\n  syscall: 'connect',\n  address: '10.96.1.2',\n  port: 5432\n}",
        "connection_refused host=10.96.1.2 port=5432",
    ),
    (
        "AggregateError [ECONNREFUSED]: \n    at internalConnectMultiple (node:net:1114:18) {\n  code: 'ECONNREFUSED',\n  [errors]: [\n    Error: connect ECONNREFUSED 10.96.1.2:6379",
        "connection_refused host=10.96.1.2 port=6379",
    ),
    (
        "psycopg2.OperationalError: connection to server at \"db\" (10.96.1.2), port 5432 failed: Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?",
        "connection_refused host=db port=5432",
    ),
    (
        "psql: error: could not connect to server: Connection refused\n\tIs the server running on host \"db\" (10.96.1.2) and accepting\n\tTCP/IP connections on port 5432?",
        "connection_refused host=db port=5432",
    ),
    (
        "sqlalchemy.exc.OperationalError: (pymysql.err.OperationalError) (2003, \"Can't connect to MySQL server on 'db' ([Errno 111] Connection refused)\")",
        "connection_refused host=db",
    ),
    (
        "ERROR 2003 (HY000): Can't connect to MySQL server on 'db:3306' (111)",
        "connection_refused host=db port=3306",
    ),
    (
        "redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.",
        "connection_refused host=redis port=6379",
    ),
    (
        "Could not connect to Redis at redis:6379: Connection refused",
        "connection_refused host=redis port=6379",
    ),
    (
        "requests.exceptions.ConnectionError: HTTPConnectionPool(host='api', port=8080): Max retries exceeded with url: / (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f>: Failed to establish a new connection: [Errno 111] Connection refused'))",
        "connection_refused host=api port=8080",
    ),
    (
        "org.postgresql.util.PSQLException: Connection to db:5432 refused. Check that the hostname and port are correct and that the postmaster is accepting TCP/IP connections.\n\tat org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:342)\nCaused by: java.net.ConnectException: Connection refused\n\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)\n\t... 50 more",
        "connection_refused host=db port=5432",
    ),
    (
        "io.netty.channel.AbstractChannel$AnnotatedConnectException: Connection refused: redis/10.96.0.3:6379",
        "connection_refused host=redis port=6379",
    ),
    (
        "[2026-11-21 10:00:00,000] WARN [AdminClient clientId=adminclient-1] Connection to node -1 (kafka/10.96.0.9:9092) could not be established. Broker may not be available. (org.apache.kafka.clients.NetworkClient)",
        "connection_refused host=kafka port=9092",
    ),
    (
        "%3|1763719200.123|FAIL|rdkafka#producer-1| [thrd:kafka:9092/bootstrap]: kafka:9092/bootstrap: Connect to ipv4#10.96.0.9:9092 failed: Connection refused (after 0ms in state CONNECT)",
        "connection_refused host=kafka port=9092",
    ),
    (
        "wget: can't connect to remote host (10.96.0.1): Connection refused",
        "connection_refused host=10.96.0.1",
    ),
    (
        "curl: (7) Failed to connect to api port 8080 after 0 ms: Couldn't connect to server",
        "connection_refused host=api port=8080",
    ),
    (
        "nc: connect to db port 5432 (tcp) failed: Connection refused",
        "connection_refused host=db port=5432",
    ),
    (
        "nc: db (10.0.0.1:5432): Connection refused",
        "connection_refused host=10.0.0.1 port=5432",
    ),
    (
        "Error: error connecting to server: Connection refused (os error 111)",
        "connection_refused",
    ),
    (
        "Error: failed to start\n\nCaused by:\n    0: error sending request for url (http://api:8080/health)\n    1: tcp connect error: Connection refused (os error 111)",
        "connection_refused host=api port=8080",
    ),
    (
        "Errno::ECONNREFUSED: Connection refused - connect(2) for \"db\" port 5432",
        "connection_refused host=db port=5432",
    ),
    (
        "Unhandled exception. Npgsql.NpgsqlException (0x80004005): Failed to connect to 10.96.1.2:5432\n ---> System.Net.Sockets.SocketException (111): Connection refused\n   at Npgsql.Internal.NpgsqlConnector.Connect(NpgsqlTimeout timeout)",
        "connection_refused host=10.96.1.2 port=5432",
    ),
    (
        "System.Net.Http.HttpRequestException: Connection refused (api:8080)",
        "connection_refused host=api port=8080",
    ),
    (
        "PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [2002] Connection refused in /app/db.php:3\nStack trace:\n#0 /app/db.php(3): PDO->__construct()\n#1 {main}\n  thrown in /app/db.php on line 3",
        "connection_refused",
    ),
    (
        "pymongo.errors.ServerSelectionTimeoutError: mongo:27017: [Errno 111] Connection refused (configured timeouts: socketTimeoutMS: 20000.0ms)",
        "connection_refused host=mongo port=27017",
    ),
    (
        "aiohttp.client_exceptions.ClientConnectorError: Cannot connect to host api:8080 ssl:default [Connect call failed ('10.0.0.1', 8080)]",
        "connection_refused host=api port=8080",
    ),
    (
        "ConnectionRefusedError: [Errno 111] Connect call failed ('10.0.0.1', 5432)",
        "connection_refused host=10.0.0.1 port=5432",
    ),
    (
        "{\"time\":\"2026-11-21T10:00:00Z\",\"level\":\"ERROR\",\"msg\":\"cannot reach database\",\"err\":\"dial tcp 10.96.1.2:5432: connect: connection refused\"}",
        "connection_refused host=10.96.1.2 port=5432",
    ),
    // Silent
    (
        "dial tcp 10.96.3.4:5432: i/o timeout",
        "connection_timeout host=10.96.3.4 port=5432",
    ),
    (
        "Error: connect ETIMEDOUT 10.96.1.2:5432",
        "connection_timeout host=10.96.1.2 port=5432",
    ),
    (
        "Get \"https://api.example.com/v1\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
        "connection_timeout host=api.example.com port=443",
    ),
    (
        "wget: download timed out\nwget: can't connect to remote host (10.96.0.1): Connection timed out",
        "connection_timeout host=10.96.0.1",
    ),
    (
        "java.net.SocketTimeoutException: connect timed out",
        "connection_timeout",
    ),
    (
        "psycopg2.OperationalError: connection to server at \"db\" (10.96.1.2), port 5432 failed: timeout expired",
        "connection_timeout host=db port=5432",
    ),
    (
        "curl: (28) Failed to connect to api port 8080 after 5001 ms: Connection timed out",
        "connection_timeout host=api port=8080",
    ),
    (
        "dial tcp 10.96.3.4:443: connect: no route to host",
        "connection_timeout host=10.96.3.4 port=443",
    ),
    // Broken off
    (
        "read tcp 10.1.2.3:45678->10.96.0.7:5432: read: connection reset by peer",
        "connection_reset host=10.96.0.7 port=5432",
    ),
    (
        "Error: read ECONNRESET\n    at TCP.onStreamRead (node:internal/stream_base_commons:217:20)",
        "connection_reset",
    ),
    // Names
    (
        "2026/11/21 10:00:00 dial tcp: lookup db.shop.svc on 10.96.0.10:53: no such host",
        "name_unresolved host=db.shop.svc",
    ),
    (
        "Get \"http://apii:8080/\": dial tcp: lookup apii: no such host",
        "name_unresolved host=apii port=8080",
    ),
    (
        "Get \"http://apii:8080/\": dial tcp: lookup apii on 10.96.0.10:53: read udp 10.0.0.5:4433->10.96.0.10:53: i/o timeout",
        "name_unresolved host=apii port=8080",
    ),
    (
        "Error: getaddrinfo ENOTFOUND dbb\n    at GetAddrInfoReqWrap.onlookup [as oncomplete] (node:dns:107:26) {\n  errno: -3008,\n  code: 'ENOTFOUND',\n  syscall: 'getaddrinfo',\n  hostname: 'dbb'\n}",
        "name_unresolved host=dbb",
    ),
    (
        "Error: getaddrinfo EAI_AGAIN redis",
        "name_unresolved host=redis",
    ),
    (
        "psycopg2.OperationalError: could not translate host name \"dbb\" to address: Name or service not known",
        "name_unresolved host=dbb",
    ),
    (
        "socket.gaierror: [Errno -2] Name or service not known",
        "name_unresolved",
    ),
    (
        "redis.exceptions.ConnectionError: Error -2 connecting to rediss:6379. Name or service not known.",
        "name_unresolved host=rediss port=6379",
    ),
    (
        "urllib3.exceptions.NameResolutionError: <urllib3.connection.HTTPConnection object at 0x7f>: Failed to resolve 'apii' ([Errno -2] Name or service not known)",
        "name_unresolved host=apii",
    ),
    (
        "Caused by: java.net.UnknownHostException: dbb\n\tat java.base/java.net.InetAddress.getAllByName0(Unknown Source)",
        "name_unresolved host=dbb",
    ),
    (
        "java.net.UnknownHostException: dbb: Name or service not known",
        "name_unresolved host=dbb",
    ),
    (
        "wget: bad address 'apii:8080'",
        "name_unresolved host=apii port=8080",
    ),
    (
        "curl: (6) Could not resolve host: apii",
        "name_unresolved host=apii",
    ),
    ("nc: bad address 'dbb'", "name_unresolved host=dbb"),
    (
        "nginx: [emerg] host not found in upstream \"apii\" in /etc/nginx/conf.d/default.conf:3",
        "name_unresolved host=apii path=/etc/nginx/conf.d/default.conf",
    ),
    (
        "2026/11/21 10:00:00 [emerg] 1#1: host not found in upstream \"apii:8080\" in /etc/nginx/nginx.conf:8",
        "name_unresolved host=apii port=8080 path=/etc/nginx/nginx.conf",
    ),
    (
        "PHP Fatal error:  Uncaught PDOException: PDO::__construct(): php_network_getaddresses: getaddrinfo for dbb failed: Name or service not known",
        "name_unresolved host=dbb",
    ),
    (
        "Error: failed to lookup address information: Name or service not known",
        "name_unresolved",
    ),
    (
        "** server can't find apii.shop.svc.cluster.local: NXDOMAIN",
        "name_unresolved host=apii.shop.svc.cluster.local",
    ),
    (
        "nslookup: can't resolve 'apii'",
        "name_unresolved host=apii",
    ),
    ("ping: apii: Name or service not known", "name_unresolved"),
    (
        "System.Net.Http.HttpRequestException: Name or service not known (apii:8080)",
        "name_unresolved host=apii port=8080",
    ),
    (
        "org.apache.kafka.common.config.ConfigException: No resolvable bootstrap urls given in bootstrap.servers",
        "name_unresolved",
    ),
    // Certificates
    (
        "Get \"https://vault:8200/v1\": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-21T10:00:00Z is after 2026-10-01T00:00:00Z",
        "tls_expired host=vault port=8200",
    ),
    (
        "Error: certificate has expired\n    at TLSSocket.onConnectSecure (node:_tls_wrap:1674:34) {\n  code: 'CERT_HAS_EXPIRED'\n}",
        "tls_expired",
    ),
    (
        "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1006)",
        "tls_expired",
    ),
    (
        "Get \"https://vault:8200/v1\": x509: certificate signed by unknown authority",
        "tls_unknown_authority host=vault port=8200",
    ),
    (
        "requests.exceptions.SSLError: HTTPSConnectionPool(host='vault', port=8200): Max retries exceeded with url: / (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1006)')))",
        "tls_unknown_authority host=vault port=8200",
    ),
    (
        "Error: unable to verify the first certificate\n  code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'",
        "tls_unknown_authority",
    ),
    (
        "Caused by: sun.security.validator.ValidatorException: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target",
        "tls_unknown_authority",
    ),
    (
        "curl: (60) SSL certificate problem: unable to get local issuer certificate",
        "tls_unknown_authority",
    ),
    (
        "Get \"https://10.0.0.1:8443/\": x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs",
        "tls_name_mismatch host=10.0.0.1 port=8443",
    ),
    (
        "Get \"https://vault:8200/\": x509: certificate is valid for vault.infra.svc, not vault",
        "tls_name_mismatch host=vault port=8200",
    ),
    (
        "Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: vault. is not in the cert's altnames: DNS:vault.infra.svc",
        "tls_name_mismatch",
    ),
];

pub(crate) const REFUSALS: &[Row] = &[
    (
        "psycopg2.OperationalError: connection to server at \"db\" (10.96.1.2), port 5432 failed: FATAL:  password authentication failed for user \"app\"",
        "unauthorized host=db port=5432 user=app",
    ),
    (
        "pq: password authentication failed for user \"app\"",
        "unauthorized user=app",
    ),
    (
        "FATAL: no pg_hba.conf entry for host \"10.0.0.5\", user \"app\", database \"app\", no encryption",
        "unauthorized user=app",
    ),
    (
        "FATAL:  role \"app\" does not exist",
        "unauthorized user=app",
    ),
    (
        "pymysql.err.OperationalError: (1045, \"Access denied for user 'app'@'10.0.0.5' (using password: YES)\")",
        "unauthorized user=app",
    ),
    (
        "Error 1045 (28000): Access denied for user 'app'@'10.0.0.5' (using password: YES)",
        "unauthorized user=app",
    ),
    (
        "redis.exceptions.AuthenticationError: Authentication required.",
        "unauthorized",
    ),
    ("NOAUTH Authentication required.", "unauthorized"),
    (
        "WRONGPASS invalid username-password pair or user is disabled.",
        "unauthorized",
    ),
    (
        "pymongo.errors.OperationFailure: Authentication failed., full error: {'ok': 0.0, 'errmsg': 'Authentication failed.', 'code': 18}",
        "unauthorized",
    ),
    (
        "MongoServerError: command find requires authentication",
        "unauthorized",
    ),
    (
        "pika.exceptions.ProbableAuthenticationError: ConnectionClosedByBroker: (403) 'ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN.'",
        "unauthorized",
    ),
    (
        "org.apache.kafka.common.errors.SaslAuthenticationException: Authentication failed during authentication due to invalid credentials with SASL mechanism PLAIN",
        "unauthorized",
    ),
    (
        "requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: http://api:8080/v1",
        "unauthorized host=api port=8080",
    ),
    (
        "AxiosError: Request failed with status code 401",
        "unauthorized",
    ),
    (
        "botocore.exceptions.NoCredentialsError: Unable to locate credentials",
        "unauthorized",
    ),
    ("nats: Authorization Violation", "unauthorized"),
    (
        "2026/11/21 10:00:00 unexpected status code 401 from http://vault:8200/v1/secret",
        "unauthorized host=vault port=8200",
    ),
    // 403
    (
        "E1121 10:00:00.000000       1 reflector.go:147] pkg/mod/k8s.io/client-go@v0.29.0/tools/cache/reflector.go:229: Failed to watch *v1.Pod: failed to list *v1.Pod: pods is forbidden: User \"system:serviceaccount:shop:api\" cannot list resource \"pods\" in API group \"\" at the cluster scope",
        "forbidden user=system:serviceaccount:shop:api verb=list resource=pods",
    ),
    (
        "Error from server (Forbidden): deployments.apps \"web\" is forbidden: User \"system:serviceaccount:shop:api\" cannot get resource \"deployments\" in API group \"apps\" in the namespace \"shop\"",
        "none",
    ),
    (
        "panic: deployments.apps \"web\" is forbidden: User \"system:serviceaccount:shop:api\" cannot get resource \"deployments\" in API group \"apps\" in the namespace \"shop\"",
        "forbidden user=system:serviceaccount:shop:api verb=get resource=deployments group=apps ns=shop",
    ),
    (
        "{\"level\":\"error\",\"msg\":\"list failed\",\"error\":\"secrets is forbidden: User \\\"system:serviceaccount:shop:api\\\" cannot list resource \\\"secrets\\\" in API group \\\"\\\" in the namespace \\\"shop\\\"\"}",
        "forbidden user=system:serviceaccount:shop:api verb=list resource=secrets ns=shop",
    ),
    (
        "HTTP response body: {\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"pods is forbidden: User \\\"system:serviceaccount:shop:api\\\" cannot list resource \\\"pods\\\" in API group \\\"\\\" in the namespace \\\"shop\\\"\",\"reason\":\"Forbidden\",\"code\":403}",
        "forbidden user=system:serviceaccount:shop:api verb=list resource=pods ns=shop",
    ),
    (
        "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized",
        "forbidden",
    ),
    (
        "psycopg2.errors.InsufficientPrivilege: permission denied for table orders",
        "forbidden name=orders",
    ),
    (
        "Error 1142 (42000): SELECT command denied to user 'app'@'10.0.0.5' for table 'orders'",
        "forbidden name=orders user=app verb=SELECT",
    ),
    (
        "requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: http://api:8080/v1",
        "forbidden host=api port=8080",
    ),
    // Schemas
    (
        "psycopg2.errors.UndefinedTable: relation \"orders\" does not exist\nLINE 1: SELECT * FROM orders",
        "migration name=orders",
    ),
    (
        "ERROR:  column \"email\" of relation \"users\" does not exist at character 8",
        "migration name=email",
    ),
    (
        "FATAL:  database \"shop\" does not exist",
        "migration name=shop",
    ),
    (
        "Error 1146 (42S02): Table 'shop.orders' doesn't exist",
        "migration name=shop.orders",
    ),
    (
        "sqlite3.OperationalError: no such table: orders",
        "migration name=orders",
    ),
    (
        "Error 1049 (42000): Unknown database 'shop'",
        "migration name=shop",
    ),
    (
        "Caused by: org.flywaydb.core.api.exception.FlywayValidateException: Validate failed: Migrations have failed validation",
        "migration",
    ),
    (
        "error: Dirty database version 3. Fix and force version.",
        "migration",
    ),
    (
        "Schema-validation: missing table [orders]",
        "migration name=orders",
    ),
    (
        "alembic.util.exc.CommandError: Can't locate revision identified by 'a1b2c3'",
        "migration name=a1b2c3",
    ),
];
