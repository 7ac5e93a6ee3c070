//! Writes a record: a folder, or a `.tar.gz` of one. The same reading gives the same bytes.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use facts::kinds;
use facts::{Course, CourseKey, CourseSeen, LogSeen, Object, redact_text};
use flate2::{Compression, GzBuilder};
use model::ClusterId;
use model::said::Said;
use serde_json::{Value, json};
use thiserror::Error;

use super::manifest::{CompleteKind, CourseFile, FILE, FORMAT, LogFile, Manifest, ObjectFile};
use super::path::Paths;
use crate::{BlindSpot, Reading, Scope, matrix};

/// What a record says beside what was read.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Which cluster was read.
    pub cluster: &'a ClusterId,
    /// The API server's version, if it told.
    pub server_version: Option<&'a str>,
    /// What was asked for.
    pub scope: &'a Scope,
}

/// Why a record was not written.
#[derive(Debug, Error)]
pub enum WriteRecordError {
    /// Something is there already.
    #[error("{} is there already, and is not written over", .0.display())]
    Exists(PathBuf),
    /// It could not be written.
    #[error("cannot write {}: {problem}", .path.display())]
    Io {
        /// What.
        path: PathBuf,
        /// Why.
        problem: io::Error,
    },
}

/// Writes a reading, its logs included: a folder, or an archive if the path ends in `.tar.gz` or
/// `.tgz`. What looks like a secret is masked.
///
/// # Errors
/// When something is there already, or it cannot be written.
pub fn write(reading: &Reading, about: About<'_>, to: &Path) -> Result<Manifest, WriteRecordError> {
    let content = Content::of(reading, about);
    let name = to
        .file_name()
        .map(|name| name.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    if name.ends_with(".tar.gz") || name.ends_with(".tgz") {
        archive(&content, to)?;
    } else {
        folder(&content, to)?;
    }
    Ok(content.manifest)
}

/// A file of a record before it is written.
enum Piece<'a> {
    Objects(Vec<&'a Object>),
    Log(&'a str),
    Course(&'a CourseKey, &'a Course),
}

/// What a record will hold: the manifest, and each file by its path.
struct Content<'a> {
    manifest: Manifest,
    files: Vec<(String, Piece<'a>)>,
}

impl<'a> Content<'a> {
    fn of(reading: &'a Reading, about: About<'_>) -> Self {
        let snapshot = &reading.snapshot;
        let mut groups: BTreeMap<(&str, &str), BTreeMap<&str, &Object>> = BTreeMap::new();
        for object in snapshot.objects() {
            groups
                .entry((object.kind(), object.namespace()))
                .or_default()
                .insert(object.name(), object);
        }
        let complete = snapshot.complete().iter().map(|(kind, namespace)| {
            let objects = groups
                .range((kind.as_str(), "")..)
                .take_while(|((known, _), _)| known == kind)
                .filter(|((_, space), _)| namespace.as_deref().is_none_or(|only| only == *space))
                .map(|(_, objects)| objects.len())
                .sum();
            CompleteKind {
                kind: kind.clone(),
                namespace: namespace.clone(),
                objects,
            }
        });
        let mut manifest = Manifest {
            format: FORMAT,
            written_by: format!("kintsugi {}", env!("CARGO_PKG_VERSION")),
            taken_at: snapshot.taken(),
            cluster: about.cluster.as_str().to_owned(),
            server_version: about.server_version.map(str::to_owned),
            scope: about.scope.clone(),
            complete: complete.collect(),
            blind_spots: reading
                .blind_spots
                .iter()
                .map(|spot| BlindSpot::new(spot.what.clone(), &spot.why.map(redact_text)))
                .collect(),
            files: Vec::new(),
            logs: Vec::new(),
            courses: Vec::new(),
        };
        let mut paths = Paths::default();
        let mut files = Vec::new();
        for ((kind, namespace), objects) in groups {
            let folder = folder_of(kind);
            let space = if namespace.is_empty() {
                "_cluster"
            } else {
                namespace
            };
            let path = paths.take(&[&folder, space], ".json");
            manifest.files.push(ObjectFile {
                path: path.clone(),
                kind: kind.to_owned(),
                namespace: namespace.to_owned(),
                objects: objects.len(),
            });
            let objects = objects.into_values().collect();
            files.push((path, Piece::Objects(objects)));
        }
        for (key, seen) in snapshot.logs() {
            let mut log = LogFile {
                namespace: key.namespace.clone(),
                pod: key.pod.clone(),
                container: key.container.clone(),
                previous: key.previous,
                path: None,
                absent: None,
            };
            match seen {
                LogSeen::Text(text) => {
                    let ending = if key.previous {
                        ".previous.log"
                    } else {
                        ".log"
                    };
                    let parts = ["logs", &key.namespace, &key.pod, &key.container];
                    let path = paths.take(&parts, ending);
                    log.path = Some(path.clone());
                    files.push((path, Piece::Log(text)));
                }
                LogSeen::Absent(why) => log.absent = Some(Said(why.map(redact_text))),
            }
            manifest.logs.push(log);
        }
        for (key, seen) in snapshot.courses() {
            let mut asked = CourseFile {
                namespace: key.namespace.clone(),
                pod: key.pod.clone(),
                container: key.container.clone(),
                path: None,
                absent: None,
            };
            match seen {
                CourseSeen::Points(course) => {
                    let parts = ["memory", &key.namespace, &key.pod, &key.container];
                    let path = paths.take(&parts, ".json");
                    asked.path = Some(path.clone());
                    files.push((path, Piece::Course(key, course)));
                }
                CourseSeen::Absent(why) => asked.absent = Some(Said(why.map(redact_text))),
            }
            manifest.courses.push(asked);
        }
        Self { manifest, files }
    }
}

/// `deployments.apps`; what is in no table of ours goes by its kind.
fn folder_of(kind: &str) -> String {
    kinds::ALL
        .iter()
        .chain(kinds::SECRETS)
        .find(|known| known.kind == kind)
        .map_or_else(|| kind.to_lowercase(), kinds::Kind::resource)
}

impl Piece<'_> {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Log(text) => out.write_all(redact_text(text).as_bytes()),
            Self::Course(key, course) => {
                serde_json::to_writer(&mut *out, &matrix::written(key, course))?;
                out.write_all(b"\n")
            }
            Self::Objects(objects) => {
                // A list as `kubectl` writes it, one object on each line.
                write!(
                    out,
                    "{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"metadata\":{{}},\"items\":["
                )?;
                for (number, object) in objects.iter().enumerate() {
                    out.write_all(if number == 0 { b"\n" } else { b",\n" })?;
                    serde_json::to_writer(&mut *out, &masked(object))?;
                }
                out.write_all(b"\n]}\n")
            }
        }
    }
}

/// An object without what looks like a secret.
fn masked(object: &Object) -> Value {
    object.redacted().to_value()
}

/// The manifest, for people to read too.
fn described(manifest: &Manifest) -> Vec<u8> {
    let value = serde_json::to_value(manifest).unwrap_or_else(|_| json!({}));
    format!("{value:#}\n").into_bytes()
}

fn folder(content: &Content<'_>, to: &Path) -> Result<(), WriteRecordError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |problem| WriteRecordError::Io { path, problem }
    };
    match fs::read_dir(to) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Err(WriteRecordError::Exists(to.to_owned()));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(to).map_err(io(to))?;
        }
        Err(error) => return Err(io(to)(error)),
    }
    for (name, piece) in &content.files {
        let path = to.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(io(folder))?;
        }
        let mut out = BufWriter::new(own_file(&path).map_err(io(&path))?);
        piece.write(&mut out).map_err(io(&path))?;
        out.flush().map_err(io(&path))?;
    }
    // Last: a folder without it is no record, so that half of one is never taken for the whole.
    let path = to.join(FILE);
    let mut out = own_file(&path).map_err(io(&path))?;
    out.write_all(&described(&content.manifest))
        .map_err(io(&path))
}

fn archive(content: &Content<'_>, to: &Path) -> Result<(), WriteRecordError> {
    let failed = |problem| WriteRecordError::Io {
        path: to.to_owned(),
        problem,
    };
    if fs::symlink_metadata(to).is_ok() {
        return Err(WriteRecordError::Exists(to.to_owned()));
    }
    // Half an archive never has the name of a whole one.
    let mut partial = to.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let written = own_file(&partial)
        .and_then(|file| pack(content, file))
        .and_then(|()| fs::rename(&partial, to));
    written.map_err(|problem| {
        if problem.kind() != io::ErrorKind::AlreadyExists {
            // It is of no use to anybody; that it may stay is no second error.
            let _ = fs::remove_file(&partial);
        }
        failed(problem)
    })
}

fn pack(content: &Content<'_>, file: File) -> io::Result<()> {
    let seconds = content
        .manifest
        .taken_at
        .map_or(0, |at| at.micros() / 1_000_000);
    let time = u64::try_from(seconds).unwrap_or(0);
    let gzip = GzBuilder::new()
        .mtime(0)
        .write(BufWriter::new(file), Compression::default());
    let mut tar = tar::Builder::new(gzip);
    let mut add = |path: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        header.set_mode(0o600);
        header.set_mtime(time);
        tar.append_data(&mut header, path, bytes)
    };
    add(FILE, &described(&content.manifest))?;
    let mut bytes = Vec::new();
    for (path, piece) in &content.files {
        bytes.clear();
        piece.write(&mut bytes)?;
        add(path, &bytes)?;
    }
    tar.into_inner()?.finish()?.flush()
}

/// A new file that is for our own eyes: a record tells much of a cluster.
fn own_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}
