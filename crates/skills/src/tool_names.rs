//! The names of the tools that skills may ask for.
//!
//! A tree only looks, so its nodes may call those that look. The tools themselves live elsewhere; a
//! name that is known here but not built or not configured there answers "not configured".

/// Tools that only look.
pub const READ_ONLY: &[&str] = &[
    "get_object",
    "get_pod_logs",
    "get_memory",
    "get_events",
    "get_pod_spec",
    "get_pod_status",
    "get_workload",
    "get_rollout_history",
    "get_service",
    "get_endpoints",
    "get_node_status",
    "get_pvc_status",
    "get_pv_status",
    "get_config_keys",
    "get_helm_release",
    "get_network_policies",
    "get_hpa",
    "get_quota",
    "query_prometheus",
    "get_ci_run",
    "get_ci_logs",
    "get_recent_changes",
    "get_pull_request",
    "search_code",
    "read_file",
    "search_knowledge",
    "search_lessons",
    "search_web",
    "time_math",
    "json_query",
];

/// Tools that would change something: a model may propose them, a tree may not call them.
pub const CHANGING: &[&str] = &[
    "restart_pod",
    "scale_deployment",
    "scale_statefulset",
    "rollout_undo",
    "apply_resource",
    "patch_deployment",
    "delete_resource",
    "exec_in_pod",
];

/// Whether a skill may list this tool; `server__tool` is one of a foreign server.
pub(crate) fn known(name: &str) -> bool {
    READ_ONLY.contains(&name) || CHANGING.contains(&name) || name.contains("__")
}
