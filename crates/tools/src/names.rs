//! The names of all tools, built or not.

use model::Tier;

/// A tool's name, its tier, and what it takes that a caller can fill in from the subject at hand.
struct Known {
    name: &'static str,
    tier: Tier,
    takes: &'static [&'static str],
}

const fn looks(name: &'static str) -> Known {
    Known {
        name,
        tier: Tier::ReadOnly,
        takes: &[],
    }
}

const fn looks_at(name: &'static str, takes: &'static [&'static str]) -> Known {
    Known {
        name,
        tier: Tier::ReadOnly,
        takes,
    }
}

const fn changes(name: &'static str, tier: Tier) -> Known {
    Known {
        name,
        tier,
        takes: &[],
    }
}

const TOOLS: &[Known] = &[
    looks_at("get_workload", &["namespace", "kind", "name"]),
    looks_at("get_pod_status", &["namespace", "pod_name"]),
    looks_at("get_events", &["namespace", "kind", "name"]),
    looks_at("get_rollout_history", &["namespace", "kind", "name"]),
    looks_at("get_pod_spec", &["namespace", "pod_name"]),
    looks_at("get_pod_logs", &["namespace", "pod_name", "container"]),
    looks_at("get_memory", &["namespace", "pod_name", "container"]),
    looks("get_object"),
    looks_at("get_service", &["namespace"]),
    looks_at("get_endpoints", &["namespace"]),
    looks("get_node_status"),
    looks_at("get_pvc_status", &["namespace"]),
    looks("get_pv_status"),
    looks_at("get_config_keys", &["namespace"]),
    looks_at("get_helm_release", &["namespace"]),
    looks_at("get_network_policies", &["namespace"]),
    looks_at("get_hpa", &["namespace"]),
    looks_at("get_quota", &["namespace"]),
    looks("query_prometheus"),
    looks("get_ci_run"),
    looks("get_ci_logs"),
    looks("get_recent_changes"),
    looks("get_pull_request"),
    looks("search_code"),
    looks("read_file"),
    looks("search_knowledge"),
    looks("search_lessons"),
    looks("search_web"),
    looks("time_math"),
    looks("json_query"),
    changes("restart_pod", Tier::LowRisk),
    changes("scale_deployment", Tier::LowRisk),
    changes("scale_statefulset", Tier::LowRisk),
    changes("rollout_undo", Tier::HighRisk),
    changes("apply_resource", Tier::HighRisk),
    changes("patch_deployment", Tier::HighRisk),
    changes("delete_resource", Tier::Forbidden),
    changes("exec_in_pod", Tier::Forbidden),
];

/// Every name there is, and the tier it has. A tool that is not built yet answers "not configured".
pub const KNOWN: &[(&str, Tier)] = &{
    let mut known = [("", Tier::Forbidden); TOOLS.len()];
    let mut rest: &[Known] = TOOLS;
    let mut out: &mut [(&str, Tier)] = &mut known;
    while let ([first, more @ ..], [place, left @ ..]) = (rest, out) {
        *place = (first.name, first.tier);
        rest = more;
        out = left;
    }
    known
};

/// The parameters of a tool that say which subject it looks at.
#[must_use]
pub fn takes(tool: &str) -> &'static [&'static str] {
    TOOLS
        .iter()
        .find(|known| known.name == tool)
        .map_or(&[], |known| known.takes)
}

pub(crate) fn tier(tool: &str) -> Option<Tier> {
    TOOLS
        .iter()
        .find(|known| known.name == tool)
        .map(|known| known.tier)
}
