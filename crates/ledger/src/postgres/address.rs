//! The address of a PostgreSQL ledger: what the driver needs to know, and how it is shown without
//! its password.

use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::error::LedgerError;

/// The schema that holds the ledger's tables, so that it can live beside others in one database.
pub(crate) const SCHEMA: &str = "kintsugi";

/// Reads an address, and gives it with what every connection of ours needs.
pub(crate) fn read(url: &str, limit: Duration) -> Result<(Config, String), LedgerError> {
    let mut config: Config = url.parse().map_err(|e| LedgerError::Open {
        // The address is not shown: where it cannot be read the password cannot be told apart.
        place: "postgres://…".to_owned(),
        problem: format!("the address cannot be read: {e}"),
    })?;
    let place = shown(&config);
    let ours = format!(
        "-c search_path={SCHEMA} -c statement_timeout={ms} \
         -c idle_in_transaction_session_timeout={ms}",
        ms = limit.as_millis()
    );
    let options = match config.get_options() {
        Some(theirs) => format!("{theirs} {ours}"),
        None => ours,
    };
    config.options(&options);
    config.connect_timeout(limit);
    config.tcp_user_timeout(limit);
    config.keepalives_idle(Duration::from_secs(30));
    if config.get_application_name().is_none() {
        config.application_name("kintsugi");
    }
    Ok((config, place))
}

fn shown(config: &Config) -> String {
    let ports = config.get_ports();
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .enumerate()
        .map(|(n, host)| {
            let name = match host {
                Host::Tcp(name) => name.clone(),
                Host::Unix(path) => path.display().to_string(),
            };
            match ports.get(n).or_else(|| ports.first()) {
                Some(port) => format!("{name}:{port}"),
                None => name,
            }
        })
        .collect();
    let user = config.get_user().map_or(String::new(), |u| format!("{u}@"));
    let database = config.get_dbname().unwrap_or_default();
    format!("postgres://{user}{}/{database}", hosts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (url, expected) in [
            ("postgres://me:hunter2@db:5433/k", "postgres://me@db:5433/k"),
            (
                "postgresql://me@a:1,b:2/k?password=hunter2",
                "postgres://me@a:1,b:2/k",
            ),
        ] {
            let (_, place) = read(url, Duration::from_secs(1)).unwrap();
            assert_eq!(place, expected);
        }
        let refused = read("postgres://me:hunter2@db:x/k", Duration::from_secs(1)).unwrap_err();
        assert!(!refused.to_string().contains("hunter2"), "{refused}");
    }
}
