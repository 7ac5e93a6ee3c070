//! The closed vocabulary of root causes, shared by skills, diagnoses, lessons, metrics and figures.
//! A real cause without a name here gets one here, and nowhere else.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::Lang;

macro_rules! causes {
    ($($name:ident = $word:literal, $en:literal, $zh:literal;)*) => {
        /// What was, at the root, wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Cause {
            $(
                #[doc = $en]
                #[serde(rename = $word)]
                $name,
            )*
        }

        impl Cause {
            /// Every cause there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word used in JSON, in skills and in metrics.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// A short name for people.
            #[must_use]
            pub const fn title(self, lang: Lang) -> &'static str {
                match (self, lang) {
                    $((Self::$name, Lang::En) => $en, (Self::$name, Lang::Zh) => $zh,)*
                }
            }
        }

        impl FromStr for Cause {
            type Err = UnknownCause;

            fn from_str(text: &str) -> Result<Self, UnknownCause> {
                match text {
                    $($word => Ok(Self::$name),)*
                    other => Err(UnknownCause(other.to_owned())),
                }
            }
        }
    };
}

/// A word that names no cause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a known cause")]
pub struct UnknownCause(pub String);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

causes! {
    OomKilled = "oom_killed", "OOM killed", "内存超限被杀";
    AppCrash = "app_crash", "app crash", "应用崩溃";
    BadCommand = "bad_command", "bad command", "启动命令错误";
    ConfigMissing = "config_missing", "config missing", "缺少配置";
    SecretMissing = "secret_missing", "secret missing", "缺少密钥";
    EnvMissing = "env_missing", "env missing", "缺少环境变量";
    ImagePull = "image_pull", "image pull", "镜像拉取失败";
    ProbeMisconfigured = "probe_misconfigured", "probe misconfigured", "探针配置错误";
    DependencyUnreachable = "dependency_unreachable", "dependency unreachable", "依赖不可达";
    InsufficientResources = "insufficient_resources", "insufficient resources", "资源不足";
    UnschedulableAffinity = "unschedulable_affinity", "unschedulable affinity", "亲和性无法满足";
    UnschedulableTaint = "unschedulable_taint", "unschedulable taint", "污点无法容忍";
    QuotaExceeded = "quota_exceeded", "quota exceeded", "超出配额";
    LimitsMissing = "limits_missing", "limits missing", "缺少资源限制";
    PvcUnbound = "pvc_unbound", "PVC unbound", "存储声明未绑定";
    VolumeMount = "volume_mount", "volume mount", "卷挂载失败";
    StorageFull = "storage_full", "storage full", "存储已满";
    DnsFailure = "dns_failure", "DNS failure", "域名解析失败";
    NetworkPolicyBlocked = "network_policy_blocked", "network policy blocked", "被网络策略阻断";
    ServiceSelectorMismatch = "service_selector_mismatch", "service selector mismatch", "服务选择器不匹配";
    ServicePortMismatch = "service_port_mismatch", "service port mismatch", "服务端口不匹配";
    IngressMisconfigured = "ingress_misconfigured", "ingress misconfigured", "入口配置错误";
    HpaBroken = "hpa_broken", "HPA broken", "自动伸缩失效";
    JobFailed = "job_failed", "job failed", "任务失败";
    RbacDenied = "rbac_denied", "RBAC denied", "权限被拒";
    NodeNotReady = "node_not_ready", "node not ready", "节点未就绪";
    NodePressure = "node_pressure", "node pressure", "节点压力";
    Evicted = "evicted", "evicted", "被驱逐";
    CertificateExpired = "certificate_expired", "certificate expired", "证书过期";
    RolloutStuck = "rollout_stuck", "rollout stuck", "发布卡住";
    WebhookFailing = "webhook_failing", "webhook failing", "准入钩子失败";
    PdbBlocking = "pdb_blocking", "PDB blocking", "被中断预算阻挡";
    InitFailed = "init_failed", "init failed", "初始化容器失败";
    PermissionDenied = "permission_denied", "permission denied", "文件权限被拒";
    PortConflict = "port_conflict", "port conflict", "端口冲突";
    ArchMismatch = "arch_mismatch", "arch mismatch", "架构不符";
    Healthy = "healthy", "healthy", "健康";
    Unknown = "unknown", "unknown", "未知";
    TestFailed = "test_failed", "test failed", "测试失败";
    BuildFailed = "build_failed", "build failed", "构建失败";
    LintFailed = "lint_failed", "lint failed", "静态检查失败";
    DependencyBroken = "dependency_broken", "dependency broken", "依赖损坏";
    DockerfileBroken = "dockerfile_broken", "dockerfile broken", "Dockerfile 有误";
    ChartBroken = "chart_broken", "chart broken", "Chart 有误";
    WorkflowBroken = "workflow_broken", "workflow broken", "工作流有误";
    EnvironmentBroken = "environment_broken", "environment broken", "环境有误";
    Flaky = "flaky", "flaky", "时好时坏";
    SchemaDrift = "schema_drift", "schema drift", "表结构漂移";
    SlowQuery = "slow_query", "slow query", "慢查询";
    AuthMisconfigured = "auth_misconfigured", "auth misconfigured", "认证配置错误";
    FeatureFlagFault = "feature_flag_fault", "feature flag fault", "功能开关故障";
    TrafficSpike = "traffic_spike", "traffic spike", "流量突增";
    CpuThrottled = "cpu_throttled", "CPU throttled", "CPU 被限流";
    VersionIncompatible = "version_incompatible", "version incompatible", "版本不兼容";
    AdmissionDenied = "admission_denied", "admission denied", "准入被拒";
    ServiceAccountMissing = "service_account_missing", "service account missing", "缺少服务账号";
    PriorityClassMissing = "priority_class_missing", "priority class missing", "缺少优先级类";
    StuckTerminating = "stuck_terminating", "stuck terminating", "卡在终止中";
    SandboxFailed = "sandbox_failed", "sandbox failed", "沙箱创建失败";
    ReadinessGateUnmet = "readiness_gate_unmet", "readiness gate unmet", "就绪门未满足";
    LoadBalancerPending = "load_balancer_pending", "load balancer pending", "负载均衡待分配";
    ConfigInvalid = "config_invalid", "config invalid", "配置无效";
    ConfigStale = "config_stale", "config stale", "配置已变更但未生效";
    ApiServiceDown = "api_service_down", "API service down", "API 服务不可用";
    ExitsCleanly = "exits_cleanly", "exits cleanly", "正常退出后反复重启";
    VolumeConflict = "volume_conflict", "volume conflict", "卷冲突";
}
