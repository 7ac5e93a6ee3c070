//! A connection to PostgreSQL as a `Session`: statements of one call travel together, and nothing
//! waits for an answer longer than its limit.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use deadpool_postgres::Object;
use model::IncidentId;
use tokio::time::timeout;
use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use uuid::Uuid;

use super::failure::{self, silent};
use crate::error::LedgerError;
use crate::sql::{Answer, Row, Session, Statement, Value, internal};

/// How a session's statements belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Each stands for itself.
    Single,
    /// All or none of what they write.
    Write,
    /// All of them see the same.
    Snapshot,
}

impl Mode {
    const fn begin(self) -> Option<&'static str> {
        match self {
            Self::Single => None,
            Self::Write => Some("BEGIN"),
            // What is read may have to wait for whoever takes it.
            Self::Snapshot => Some(
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                 SET LOCAL idle_in_transaction_session_timeout = 0",
            ),
        }
    }
}

/// One use of one connection. A connection whose transaction was not ended is not used again.
pub(crate) struct PgSession {
    client: Option<Object>,
    place: Arc<str>,
    limit: Duration,
    /// What is to be sent before the first statement.
    begin: Option<&'static str>,
    /// Whether a transaction may be under way.
    begun: bool,
    /// Whether it is worth trying again from the start, on another connection.
    pub(crate) lost: bool,
    /// Whether the connection is no good to anybody any more.
    spoilt: bool,
    /// The incidents that changed, in order.
    pub(crate) changed: Vec<IncidentId>,
}

impl PgSession {
    pub(crate) fn new(client: Object, place: Arc<str>, limit: Duration, mode: Mode) -> Self {
        Self {
            client: Some(client),
            place,
            limit,
            begin: mode.begin(),
            begun: false,
            lost: false,
            spoilt: false,
            changed: Vec::new(),
        }
    }

    /// Runs a text of many statements, which take no parameters.
    pub(crate) async fn script(&mut self, sql: &str) -> Result<(), LedgerError> {
        self.run(Vec::new()).await?;
        let Some(client) = &self.client else {
            return Err(internal(&self.place, "the connection was given back"));
        };
        let ran = timeout(self.limit, client.batch_execute(sql)).await;
        self.judge(ran)
    }

    /// Ends the transaction, if there is one: what was written stays, or it does not.
    pub(crate) async fn end(mut self, stays: bool) -> Result<(), End> {
        if !self.begun {
            return Ok(());
        }
        let sql = if stays { "COMMIT" } else { "ROLLBACK" };
        let Some(client) = &self.client else {
            return Ok(());
        };
        let ended = timeout(self.limit, client.batch_execute(sql)).await;
        match self.judge(ended) {
            Ok(()) => {
                self.begun = false;
                Ok(())
            }
            Err(error) => Err(End {
                error,
                lost: self.lost,
            }),
        }
    }

    fn judge<T>(
        &mut self,
        ran: Result<Result<T, tokio_postgres::Error>, tokio::time::error::Elapsed>,
    ) -> Result<T, LedgerError> {
        match ran {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(e)) => {
                self.lost |= failure::is_lost(&e);
                self.spoilt |= self.lost;
                Err(failure::of(&self.place, &e))
            }
            Err(_) => {
                self.spoilt = true;
                Err(silent(&self.place, self.limit))
            }
        }
    }

    async fn send(
        client: &Object,
        begin: Option<&'static str>,
        statements: &[Statement],
    ) -> Result<Vec<Answer>, tokio_postgres::Error> {
        let mut prepared = Vec::with_capacity(statements.len());
        for statement in statements {
            prepared.push(if statement.kept {
                client.prepare_cached(&statement.sql).await?
            } else {
                client.prepare(&statement.sql).await?
            });
        }
        let mut answers: Vec<Pending<'_>> = Vec::with_capacity(statements.len() + 1);
        if let Some(begin) = begin {
            answers.push(Box::pin(async move {
                client.batch_execute(begin).await?;
                Ok(Answer {
                    rows: Vec::new(),
                    changed: 0,
                })
            }));
        }
        let begun = answers.len();
        for (statement, prepared) in statements.iter().zip(&prepared) {
            answers.push(Box::pin(one(client, statement, prepared)));
        }
        let mut answers = together(answers).await?;
        Ok(answers.split_off(begun))
    }
}

/// Why a transaction did not end as wanted.
pub(crate) struct End {
    pub(crate) error: LedgerError,
    pub(crate) lost: bool,
}

impl Drop for PgSession {
    fn drop(&mut self) {
        // Whoever asked has gone, or the end failed: the next one must not find itself in the
        // middle of this transaction.
        if (self.begun || self.spoilt)
            && let Some(client) = self.client.take()
        {
            drop(Object::take(client));
        }
    }
}

type Pending<'a> = Pin<Box<dyn Future<Output = Result<Answer, tokio_postgres::Error>> + Send + 'a>>;

/// Waits for all of them. Each is asked in order before any is waited for, so that they share one
/// trip.
async fn together(mut pending: Vec<Pending<'_>>) -> Result<Vec<Answer>, tokio_postgres::Error> {
    let mut answers: Vec<Option<Answer>> = pending.iter().map(|_| None).collect();
    poll_fn(|context| {
        let mut waiting = false;
        for (one, answer) in pending.iter_mut().zip(&mut answers) {
            if answer.is_none() {
                match one.as_mut().poll(context) {
                    Poll::Ready(Ok(done)) => *answer = Some(done),
                    Poll::Ready(Err(e)) => return Poll::Ready(Err(e)),
                    Poll::Pending => waiting = true,
                }
            }
        }
        if waiting {
            Poll::Pending
        } else {
            Poll::Ready(Ok(()))
        }
    })
    .await?;
    Ok(answers.into_iter().flatten().collect())
}

async fn one(
    client: &Object,
    statement: &Statement,
    prepared: &tokio_postgres::Statement,
) -> Result<Answer, tokio_postgres::Error> {
    let params: Vec<&(dyn ToSql + Sync)> = statement
        .params
        .iter()
        .map(|value| value as &(dyn ToSql + Sync))
        .collect();
    if statement.reads {
        let found = client.query(prepared, &params).await?;
        let rows = found.iter().map(read).collect::<Result<_, _>>()?;
        return Ok(Answer { rows, changed: 0 });
    }
    let changed = client.execute(prepared, &params).await?;
    Ok(Answer {
        rows: Vec::new(),
        changed,
    })
}

fn read(row: &tokio_postgres::Row) -> Result<Row, tokio_postgres::Error> {
    let values: Result<Vec<Value>, _> = row
        .columns()
        .iter()
        .enumerate()
        .map(|(n, column)| {
            Ok(match *column.type_() {
                Type::INT8 => row.try_get::<_, Option<i64>>(n)?.into(),
                Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(n)?.into(),
                Type::UUID => match row.try_get::<_, Option<Uuid>>(n)? {
                    Some(id) => Value::Id(id),
                    None => Value::Null,
                },
                _ => row.try_get::<_, Option<String>>(n)?.into(),
            })
        })
        .collect();
    Ok(Row(values?))
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(n) => n.to_sql(ty, out),
            Self::Text(text) => text.to_sql(ty, out),
            Self::Bytes(bytes) => bytes.to_sql(ty, out),
            Self::Id(id) => id.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::BYTEA, Type::UUID].contains(ty)
    }

    to_sql_checked!();
}

impl Session for PgSession {
    const LOCK: &'static str = " FOR UPDATE";
    const LOCK_FREE_LEASES: &'static str = " FOR UPDATE OF l SKIP LOCKED";
    const HEX_ID: &'static str = "replace(id::text, '-', '')";

    fn place(&self) -> &str {
        &self.place
    }

    async fn run(&mut self, statements: Vec<Statement>) -> Result<Vec<Answer>, LedgerError> {
        let begin = self.begin.take();
        self.begun |= begin.is_some();
        let Some(client) = &self.client else {
            return Err(internal(&self.place, "the connection was given back"));
        };
        let ran = timeout(self.limit, Self::send(client, begin, &statements)).await;
        self.judge(ran)
    }

    fn changed(&mut self, incident: IncidentId) {
        self.changed.push(incident);
    }
}
