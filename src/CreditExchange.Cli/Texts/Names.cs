using CreditExchange.V1;

namespace CreditExchange.Cli.Texts;

/// <summary>The contract's words on a screen. In English they are the contract's own, so that they can be searched for; --json
/// has them always. What this version doesn't know yet is shown as it came.</summary>
internal static class Names
{
    /// <summary>A listing's state.</summary>
    public static string In(this ListingState state, Language language) => Of(language, state.ToString(), state switch
    {
        ListingState.Active => "生效",
        ListingState.Suspended => "中止",
        ListingState.Repaired => "已修复",
        ListingState.Withdrawn => "已撤销",
        ListingState.Expired => "已到期",
        ListingState.Scheduled => "待生效",
        ListingState.Ended => "已结束",
        _ => "",
    });

    /// <summary>What an event did.</summary>
    public static string In(this EventKind kind, Language language) => Of(language, kind.ToString(), kind switch
    {
        EventKind.Published => "列入",
        EventKind.Amended => "更正",
        EventKind.Suspended => "中止",
        EventKind.Reinstated => "恢复",
        EventKind.Ended => "结束",
        EventKind.Repaired => "修复",
        EventKind.Withdrawn => "撤销",
        EventKind.Activated => "开始生效",
        EventKind.Expired => "到期",
        EventKind.Erased => "删除内容",
        EventKind.EpochOpened => "开启纪元",
        EventKind.CatalogueActivated => "启用目录",
        EventKind.AgencyChanged => "机构变更",
        EventKind.SubjectLinked => "主体关联",
        EventKind.SubjectUnlinked => "取消关联",
        EventKind.HoldPlaced => "保全",
        EventKind.HoldLifted => "解除保全",
        EventKind.SubjectKeyActivated => "启用主体密钥",
        EventKind.TokenRevoked => "吊销令牌",
        EventKind.AgreementProposed => "提出互认协议",
        EventKind.AgreementCountersigned => "会签互认协议",
        EventKind.AgreementSuspended => "中止互认协议",
        EventKind.AgreementResumed => "恢复互认协议",
        EventKind.AgreementEnded => "终止互认协议",
        EventKind.ListingFlagged => "标记不执行",
        EventKind.ListingUnflagged => "取消标记",
        EventKind.ProvenanceAdded => "增加来源",
        EventKind.ProvenanceEnded => "来源结束",
        EventKind.PartnerKeysChanged => "更换对方密钥",
        _ => "",
    });

    /// <summary>Why content is absent.</summary>
    public static string In(this Redaction redaction, Language language) => Of(language, redaction.ToString(), redaction switch
    {
        Redaction.Right => "无权查看",
        Redaction.Ended => "已结束",
        Redaction.Erased => "已删除",
        _ => "",
    });

    /// <summary>An agreement's state.</summary>
    public static string In(this AgreementState state, Language language) => Of(language, state.ToString(), state switch
    {
        AgreementState.Proposed => "已提出",
        AgreementState.InForce => "生效",
        AgreementState.Suspended => "中止",
        AgreementState.Ended => "终止",
        _ => "",
    });

    /// <summary>Where a partner stands.</summary>
    public static string In(this PartnerState state, Language language) => Of(language, state.ToString(), state switch
    {
        PartnerState.NoAgreement => "无有效协议",
        PartnerState.Disconnected => "未连接",
        PartnerState.Connected => "已连接",
        PartnerState.Refused => "已拒绝",
        PartnerState.Forked => "账本分叉",
        PartnerState.EpochPending => "待准入纪元",
        _ => "",
    });

    /// <summary>A key's state.</summary>
    public static string In(this KeyState state, Language language) => Of(language, state switch
    {
        KeyState.Live => "live",
        KeyState.Current => "current",
        KeyState.Retiring => "retiring",
        KeyState.Retired => "retired",
        _ => state.ToString(),
    }, state switch
    {
        KeyState.Live => "准备中",
        KeyState.Current => "现用",
        KeyState.Retiring => "退役中",
        KeyState.Retired => "已退役",
        _ => "",
    });

    private static string Of(Language language, string english, string chinese) =>
        language == Language.Zh && chinese.Length > 0 ? chinese : english;
}
