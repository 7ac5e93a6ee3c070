//! What controls an object, link by link, and who manages what stands at the top.

use facts::workload::WORKLOADS;
use facts::{Json, Manager, ManagerTool, Object, Snapshot};
use model::Text;

use super::{Beside, BesideName, Line, text};
use crate::dimensions::shown_in_part;

/// The most links of a chain.
const LINKS: usize = 8;

pub(super) fn owner(snapshot: &Snapshot, object: &Object) -> Beside {
    let mut line = Line::of(BesideName::Owner);
    let links = chain(snapshot, object);
    if links.len() > 1 {
        line.add(Text::same(links.join(" ← ")));
    }
    let top = facts::owner_of(snapshot, object).unwrap_or(object);
    match facts::managed_by(top) {
        Some(manager) => managed(&mut line, &manager),
        None if shown_in_part(top) => line.unseen(Text::new("who manages it", "由谁管理")),
        None => {}
    }
    line.end(Text::new(
        "nothing controls it, and nobody's mark is on it",
        "没有控制者，也没有管理者的标记",
    ))
}

/// The object and what controls it, upwards; the last link may be known only by its name.
fn chain(snapshot: &Snapshot, object: &Object) -> Vec<String> {
    let mut links = vec![format!("{} {}", object.kind(), object.name())];
    let mut at = object;
    while links.len() < LINKS {
        let Some(above) = at
            .list("/metadata/ownerReferences")
            .iter()
            .find(|owner| owner.get("controller").and_then(Json::as_bool) == Some(true))
        else {
            break;
        };
        let seen = snapshot.by_uid(text(above, "/uid"));
        let (kind, name) = match seen {
            Some(seen) => (seen.kind(), seen.name()),
            None => (text(above, "/kind"), text(above, "/name")),
        };
        if !name.is_empty() {
            links.push(format!("{kind} {name}"));
        }
        match seen {
            Some(seen) => at = seen,
            None => break,
        }
    }
    links
}

fn managed(line: &mut Line, manager: &Manager) {
    let name = match manager.name.as_str() {
        "" => String::new(),
        name => format!(" {name}"),
    };
    match manager.tool {
        ManagerTool::ArgoCd => line.add_if(
            true,
            Text::new(
                format!("managed by Argo CD application{name}: it undoes what is changed by hand"),
                format!("由 Argo CD 应用{name} 管理：手工改动会被它还原"),
            ),
        ),
        ManagerTool::Flux => line.add_if(
            true,
            Text::new(
                format!("managed by Flux{name}: it undoes what is changed by hand"),
                format!("由 Flux{name} 管理：手工改动会被它还原"),
            ),
        ),
        ManagerTool::Helm => line.add_if(
            true,
            Text::new(
                format!(
                    "installed by Helm release{name}: its next upgrade overwrites what is changed by hand"
                ),
                format!("由 Helm 发布{name} 安装：手工改动会在其下次升级时被覆盖"),
            ),
        ),
        ManagerTool::Controller => {
            let kind = manager.name.split('/').next().unwrap_or_default();
            // The node owns the pods of the kubelet's own.
            if kind != "Node" && !WORKLOADS.contains(&kind) {
                line.add_if(
                    true,
                    Text::new(
                        format!("made by{name}, whose controller may undo what is changed by hand"),
                        format!("由{name} 生成，其控制器可能还原手工改动"),
                    ),
                );
            }
        }
        ManagerTool::KubectlApply => line.add(Text::new(
            "applied from a manifest with kubectl",
            "由 kubectl 应用清单创建",
        )),
    }
}
