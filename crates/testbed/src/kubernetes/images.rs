//! Images for a node without a network: Debian's busybox, this machine's Python and nginx with the
//! libraries they need, and the cluster's DNS server. Each goes by the name under which everybody
//! else's cluster finds the same program, so that manifests work here and there.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Unavailable, at, programs, run, write};

/// The image that holds a pod's network.
pub(super) const PAUSE: &str = "registry.k8s.io/pause:3.10";
/// The cluster's DNS server.
pub(super) const COREDNS: &str = "registry.k8s.io/coredns/coredns:v1.14.7";

/// Raised when what is in the images changes, since they are kept in the cache.
const EDITION: u32 = 4;

const ACCOUNTS: &str = "root:x:0:0:root:/root:/bin/sh\n\
    www-data:x:33:33:www-data:/var/www:/bin/false\n\
    nobody:x:65534:65534:nobody:/:/bin/false\n";
const GROUPS: &str = "root:x:0:\nwww-data:x:33:\nnogroup:x:65534:\n";

/// The archives to import, made if they are not in the cache.
pub(super) fn archives() -> Result<Vec<PathBuf>, Unavailable> {
    let coredns = programs::coredns()?;
    let place = programs::once(&format!("images-{EDITION}"), |place| {
        pause(place)?;
        busybox(place)?;
        python(place)?;
        nginx(place)?;
        dns(place, &coredns)
    })?;
    Ok(["pause", "busybox", "python", "nginx", "coredns"]
        .map(|name| place.join(format!("{name}.tar")))
        .into())
}

fn busybox(place: &Path) -> Result<(), Unavailable> {
    let root = tree(place, "busybox")?;
    pack(
        place,
        "busybox",
        &root,
        &["docker.io/library/busybox:1.36"],
        json!({"Cmd": ["sh"]}),
    )
}

fn pause(place: &Path) -> Result<(), Unavailable> {
    let root = tree(place, "pause")?;
    let config = json!({"Entrypoint": ["/bin/sleep", "infinity"]});
    pack(place, "pause", &root, &[PAUSE], config)
}

fn python(place: &Path) -> Result<(), Unavailable> {
    let root = tree(place, "python")?;
    let task = "copy this machine's Python";
    let program = which("/usr/bin/python3", "python3")?;
    let ask = "import sys, sysconfig; print(sysconfig.get_path('stdlib'))";
    let out = run(Command::new(&program).args(["-I", "-c", ask]), task)?;
    let library = PathBuf::from(String::from_utf8_lossy(&out.stdout).trim());
    copy_tree(&library, &root, task)?;
    // What nobody imports in a small example is most of its size.
    for part in ["test", "idlelib", "lib2to3", "ensurepip", "pydoc_data"] {
        let path = inside(&root, &library.join(part));
        if path.is_dir() {
            fs::remove_dir_all(&path).map_err(at(&path))?;
        }
    }
    copy_with_libraries(&program, &root)?;
    let modules = library.join("lib-dynload");
    for entry in fs::read_dir(&modules).map_err(at(&modules))?.flatten() {
        copy_with_libraries(&entry.path(), &root)?;
    }
    for name in ["usr/bin/python", "usr/bin/python3"] {
        let path = root.join(name);
        if !path.exists() {
            symlink(&program, &path).map_err(at(&path))?;
        }
    }
    pack(
        place,
        "python",
        &root,
        &["docker.io/library/python:3.11-slim"],
        json!({"Cmd": ["python3"]}),
    )
}

fn nginx(place: &Path) -> Result<(), Unavailable> {
    const CONFIGURATION: &str = "user www-data;\nworker_processes 1;\n\
        error_log /dev/stderr notice;\npid /run/nginx.pid;\nevents { worker_connections 64; }\n\
        http {\n  access_log /dev/stdout;\n  include /etc/nginx/conf.d/*.conf;\n}\n";
    const SITE: &str = "server {\n  listen 80;\n  location / { root /usr/share/nginx/html; }\n}\n";
    let root = tree(place, "nginx")?;
    copy_with_libraries(&which("/usr/sbin/nginx", "nginx-light")?, &root)?;
    for directory in [
        "etc/nginx/conf.d",
        "usr/share/nginx/html",
        "usr/share/nginx/modules",
        "var/lib/nginx",
        "var/log/nginx",
        "run",
    ] {
        let path = root.join(directory);
        fs::create_dir_all(&path).map_err(at(&path))?;
    }
    write(&root.join("etc/nginx/nginx.conf"), CONFIGURATION)?;
    write(&root.join("etc/nginx/conf.d/default.conf"), SITE)?;
    write(&root.join("usr/share/nginx/html/index.html"), "welcome\n")?;
    pack(
        place,
        "nginx",
        &root,
        &["docker.io/library/nginx:1.22"],
        json!({"Cmd": ["nginx", "-g", "daemon off;"], "StopSignal": "SIGQUIT"}),
    )
}

fn dns(place: &Path, coredns: &Path) -> Result<(), Unavailable> {
    let root = place.join("coredns");
    fs::create_dir(&root).map_err(at(&root))?;
    copy(coredns, &root.join("coredns"))?;
    pack(
        place,
        "coredns",
        &root,
        &[COREDNS],
        json!({"Entrypoint": ["/coredns"]}),
    )
}

/// A new root with busybox and the accounts that programs look for.
fn tree(place: &Path, name: &str) -> Result<PathBuf, Unavailable> {
    let root = place.join(name);
    for directory in [
        "bin", "etc", "tmp", "root", "usr/bin", "usr/sbin", "lib64", "var",
    ] {
        let path = root.join(directory);
        fs::create_dir_all(&path).map_err(at(&path))?;
    }
    let tmp = root.join("tmp");
    fs::set_permissions(&tmp, fs::Permissions::from_mode(0o1777)).map_err(at(&tmp))?;
    let busybox = programs::busybox()?;
    copy(&busybox, &root.join("bin/busybox"))?;
    copy_libraries(&busybox, &root)?;
    let list = run(
        Command::new(&busybox).arg("--list"),
        "list busybox's programs",
    )?;
    for applet in String::from_utf8_lossy(&list.stdout).lines() {
        let path = root.join("bin").join(applet);
        if applet != "busybox" {
            symlink("busybox", &path).map_err(at(&path))?;
        }
    }
    name_service(&root)?;
    write(&root.join("etc/passwd"), ACCOUNTS)?;
    write(&root.join("etc/group"), GROUPS)?;
    Ok(root)
}

/// What the C library looks up hosts with; it is loaded when it is needed, so that no program names
/// it as one of its libraries.
fn name_service(root: &Path) -> Result<(), Unavailable> {
    let task = "find the C library's name service";
    let out = run(Command::new("ldd").arg("/bin/sh"), task)?;
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    for word in said.split_whitespace().filter(|word| word.starts_with('/')) {
        for name in ["libnss_dns.so.2", "libnss_files.so.2"] {
            let beside = Path::new(word).with_file_name(name);
            if beside.is_file() {
                copy(&beside, &inside(root, &beside))?;
            }
        }
    }
    write(&root.join("etc/nsswitch.conf"), "hosts: files dns\n")
}

fn which(path: &str, package: &str) -> Result<PathBuf, Unavailable> {
    fs::canonicalize(path).map_err(|e| {
        Unavailable::new(
            format!("find {path}"),
            format!("{e} (Debian has it in the package {package})"),
        )
    })
}

fn inside(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

fn copy(from: &Path, to: &Path) -> Result<(), Unavailable> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(at(parent))?;
    }
    fs::copy(from, to).map_err(at(to)).map(drop)
}

fn copy_tree(from: &Path, root: &Path, task: &str) -> Result<(), Unavailable> {
    let to = inside(root, from);
    let parent = to.parent().unwrap_or(root);
    fs::create_dir_all(parent).map_err(at(parent))?;
    run(Command::new("cp").arg("-a").arg(from).arg(parent), task)?;
    run(
        Command::new("find")
            .arg(&to)
            .args(["-name", "__pycache__", "-prune", "-exec"])
            .args(["rm", "-rf", "{}", "+"]),
        task,
    )
    .map(drop)
}

/// Copies a program or library to where it was, and what the loader will look for.
fn copy_with_libraries(program: &Path, root: &Path) -> Result<(), Unavailable> {
    copy(program, &inside(root, program))?;
    copy_libraries(program, root)
}

fn copy_libraries(program: &Path, root: &Path) -> Result<(), Unavailable> {
    let task = format!("list the libraries of {}", program.display());
    let out = run(Command::new("ldd").arg(program), &task)?;
    for word in String::from_utf8_lossy(&out.stdout).split_whitespace() {
        let library = Path::new(word);
        let to = inside(root, library);
        if library.is_absolute() && library.is_file() && !to.exists() {
            copy(library, &to)?;
        }
    }
    Ok(())
}

/// Packs a root as an image of one layer, in the format of `docker save`, and removes the root.
fn pack(
    place: &Path,
    name: &str,
    root: &Path,
    names: &[&str],
    config: Value,
) -> Result<(), Unavailable> {
    let task = format!("pack the image {name}");
    let parts = place.join(format!("{name}.parts"));
    fs::create_dir(&parts).map_err(at(&parts))?;
    let layer = parts.join("layer.tar");
    run(
        Command::new("tar")
            .args(["--owner=0", "--group=0", "--numeric-owner"])
            .args(["--sort=name", "-cf"])
            .arg(&layer)
            .arg("-C")
            .arg(root)
            .arg("."),
        &task,
    )?;
    let bytes = fs::read(&layer).map_err(at(&layer))?;
    let digest: String = Sha256::digest(&bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let mut config = config;
    if let Some(config) = config.as_object_mut() {
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        config.insert("Env".to_owned(), json!([format!("PATH={path}")]));
    }
    let image = json!({
        "architecture": architecture(),
        "os": "linux",
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{digest}")]},
    });
    write(&parts.join("config.json"), image.to_string())?;
    let manifest = json!([{"Config": "config.json", "RepoTags": names, "Layers": ["layer.tar"]}]);
    write(&parts.join("manifest.json"), manifest.to_string())?;
    let archive = place.join(format!("{name}.tar"));
    run(
        Command::new("tar")
            .arg("-cf")
            .arg(&archive)
            .arg("-C")
            .arg(&parts)
            .args(["manifest.json", "config.json", "layer.tar"]),
        &task,
    )?;
    fs::remove_dir_all(&parts).map_err(at(&parts))?;
    fs::remove_dir_all(root).map_err(at(root))
}

fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
