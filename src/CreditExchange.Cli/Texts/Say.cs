namespace CreditExchange.Cli.Texts;

/// <summary>Everything that cx says of its own, in both languages. What a hub says comes in the caller's language from there.</summary>
internal static class Say
{
    // Commands.
    public static readonly Text Root = new("CreditExchange 命令行：导入、核查、跟踪名单", "CreditExchange command line: import, check and follow the lists");
    public static readonly Text Import = new("从 CSV 或 NDJSON 文件导入名单记录", "Import listings from a CSV or NDJSON file");
    public static readonly Text Doctor = new("发送前检查文件：哪些行会入库、退回或终止，为什么；不写入任何内容", "Say before sending which rows of a file would go in, be refused or ended, and why; writes nothing");
    public static readonly Text Check = new("核查主体；证件号码只从文件或标准输入读取，每行一个", "Check subjects; numbers are read from a file or standard input only, one a line");
    public static readonly Text Watch = new("跟踪账本的变化", "Follow the changes of the ledger");
    public static readonly Text Token = new("为机构签发访问令牌", "Issue a token for an agency");
    public static readonly Text TokenRevoke = new("吊销一个令牌；令牌只从文件或标准输入读取", "Revoke one token; it is read from a file or standard input only");
    public static readonly Text TokenRevokeFile = new("令牌所在文件，- 或省略为标准输入", "File that holds the token; - or nothing: standard input");
    public static readonly Text TokenJti = new("令牌编号（jti），代替令牌本身", "The token's id (jti), instead of the token itself");
    public static readonly Text TokenRevoked = new("令牌 {0} 已吊销，位置 {1}", "Token {0} is revoked, position {1}");
    public static readonly Text WhoSees = new("谁能看到该名单的哪些内容：字段、接收方、状态（取自正在执行的规则）", "Who sees what of a list: field, recipient, state (from the mask that runs)");
    public static readonly Text Keys = new("密钥：状态与轮换", "Keys: status and rotation");
    public static readonly Text KeysStatus = new("列出全部密钥及其状态（从不显示密钥本身）", "List all keys with their states (never a key itself)");
    public static readonly Text KeysRotate = new("轮换密钥：wrapping（包装）、subject（主体）或 token（签发令牌）；服务不中断", "Rotate a key: wrapping, subject or token; the hub goes on serving");
    public static readonly Text KeysWhich = new("wrapping、subject 或 token", "wrapping, subject or token");
    public static readonly Text KeysReason = new("理由，记入账本与日志", "Why, for the ledger and the log");
    public static readonly Text KeysStarted = new("轮换已开始，后台继续；用 cx keys status 查看进度", "The rotation has begun and goes on in the background; follow it with cx keys status");
    public static readonly Text HeadPurpose = new("用途", "Purpose");
    public static readonly Text HeadKey = new("密钥", "Key");
    public static readonly Text HeadEnds = new("终止时间", "Until");
    public static readonly Text HeadRows = new("剩余行数", "Rows");
    public static readonly Text Agreement = new("互认协议：提出、会签、中止、终止", "Agreements of mutual recognition: propose, countersign, suspend, end");
    public static readonly Text AgreementPartyOf = new("显示本库作为协议一方的信息（交给对方填入条款）", "Show this hub as a party, for the other side to put into the terms");
    public static readonly Text AgreementPropose = new("对条款签名并提出协议；输出签名文件，交给对方会签", "Sign terms and propose them; writes the signed file, which goes to the other side");
    public static readonly Text AgreementCountersign = new("会签对方提出的协议，或登记对方返回的会签；输出双方签名文件", "Countersign the other side's proposal, or take the countersignature that it returned; writes the signed file");
    public static readonly Text AgreementShow = new("显示一个协议", "Show one agreement");
    public static readonly Text AgreementList = new("列出全部协议", "List all agreements");
    public static readonly Text AgreementSuspend = new("中止协议：立即不再据此互认", "Pause an agreement: nothing counts by it from now on");
    public static readonly Text AgreementResume = new("取消本方的中止", "Take this side's pause back");
    public static readonly Text AgreementEnd = new("终止协议（不可恢复）", "End an agreement, for good");
    public static readonly Text AgreementExport = new("导出签名文件（不含任何秘密）", "Write the signed file (it holds no secret)");
    public static readonly Text AgreementTermsFile = new("条款文件（Protobuf JSON），或示例协议编号", "File with the terms (Protobuf JSON), or the id of a demonstration agreement");
    public static readonly Text AgreementPartner = new("对方 cx agreement party 的输出文件，填入条款", "File with what cx agreement party says at the other side; is put into the terms");
    public static readonly Text AgreementFile = new("签名文件（JSON 或二进制），- 为标准输入", "The signed file (JSON or binary), - for standard input");
    public static readonly Text AgreementId = new("协议编号", "The agreement's id");
    public static readonly Text AgreementBinary = new("写成二进制文件，而不是 JSON", "Write it in binary to this file, instead of JSON");
    public static readonly Text AgreementDocument = new("决定文书号", "Number of the document that says so");
    public static readonly Text AgreementAuthority = new("作出决定的机关", "Who decided");
    public static readonly Text AgreementDecidedOn = new("决定日期，yyyy-MM-dd", "Day of the decision, yyyy-MM-dd");
    public static readonly Text AgreementProposed = new("已提出 {0}；请把签名文件交给对方会签", "{0} is proposed; give the signed file to the other side to countersign");
    public static readonly Text AgreementCountersigned = new("{0} 已由双方签名；如由本方会签，请把签名文件交还对方", "{0} has both signatures; if this side countersigned, give the signed file back to the other");
    public static readonly Text HeadPartner = new("对方", "Partner");
    public static readonly Text HeadFrom = new("起", "From");
    public static readonly Text HeadUntilDay = new("止", "Until");
    public static readonly Text HeadCounts = new("今日有效", "Counts today");
    public static readonly Text Agency = new("机构及其权限", "Agencies and their rights");
    public static readonly Text AgencyList = new("列出全部机构", "List all agencies");
    public static readonly Text AgencyShow = new("显示一个机构", "Show one agency");
    public static readonly Text AgencyPut = new("登记或变更机构（Protobuf JSON 文件）", "Add or change an agency from a file (Protobuf JSON)");
    public static readonly Text AgencyRevoke = new("吊销机构", "Revoke an agency");
    public static readonly Text Catalogue = new("目录：名单、事项、措施", "The catalogue: lists, matters, measures");
    public static readonly Text CatalogueShow = new("以 JSON 显示现行目录全文", "Show the catalogue in force as JSON");
    public static readonly Text CatalogueLists = new("列出名单种类", "List the kinds of list");
    public static readonly Text CatalogueMatters = new("列出事项", "List the matters");
    public static readonly Text CatalogueMeasures = new("列出措施", "List the measures");
    public static readonly Text CatalogueLint = new("检查目录文件", "Check catalogue files");
    public static readonly Text CatalogueActivate = new("启用目录", "Put a catalogue into force");
    public static readonly Text Listing = new("名单记录", "Listings");
    public static readonly Text ListingGet = new("显示一条记录", "Show one listing");
    public static readonly Text ListingList = new("列出记录", "List listings");
    public static readonly Text Sample = new("按种子生成合成记录（不含任何真实个人信息）", "Make synthetic listings from a seed (no real person's data)");
    public static readonly Text ListingHold = new("依法保全一条记录，保全期间不得删除", "Forbid the erasure of a listing (legal hold)");
    public static readonly Text ListingLift = new("解除本机构的保全", "Lift your agency's hold");
    public static readonly Text ListingErase = new("永久删除一条终态且保存期满的记录", "Erase a final listing whose retention is over, for ever");
    public static readonly Text Ledger = new("账本：校验、重建、备份、恢复", "The ledger: verify, rebuild, back up, restore");
    public static readonly Text LedgerVerify = new("校验整个账本；给出 --data 时直接读文件（Hub 须已停止）", "Verify the whole ledger; with --data its files, while no hub runs");
    public static readonly Text LedgerRebuild = new("由事件重建派生表（Hub 须已停止）", "Make what is derived again from the events, while no hub runs");
    public static readonly Text LedgerBackup = new("在运行中备份账本与密钥", "Back up the ledger and its keys while the hub runs");
    public static readonly Text LedgerRestore = new("把备份恢复到空数据目录，开启新纪元", "Restore a backup into an empty data folder, as a new epoch");

    public static readonly Text Personas = new("示例主体：各是什么、号码、各事项的预期答复（均为虚构）", "Personas: what each is, its numbers, the answer to expect in each matter (all made up)");
    public static readonly Text PersonasLoad = new("把示例主体发布到 Hub；重复执行不会重复入库", "Publish the personas at the hub; a second run adds nothing");

    public static readonly Text AccessLog = new("查阅访问日志（查阅本身也会留痕）", "Read the access log; the reading is recorded too");

    public static readonly Text Consumers = new("消费者：各自报告已处理到的位置、落后多少、拒收多少", "Consumers: how far each says it is, how far behind, how much it refused");

    // Options and arguments.
    public static readonly Text Revision = new("最后看到的修订号", "The revision last seen");
    public static readonly Text Authority = new("作出决定的机关", "Who ordered it");
    public static readonly Text Document = new("决定文书号", "Number of the order");
    public static readonly Text LedgerData = new("数据目录", "The data folder");
    public static readonly Text WrappingKeyFile = new("包装密钥文件（32 字节或其 base64）；省略则取 Keys__WrappingKeyFile、Keys__WrappingKey 或数据目录的 keys/wrapping.key", "File with the wrapping key (32 bytes, or base64 of them); default Keys__WrappingKeyFile, Keys__WrappingKey, or the folder's keys/wrapping.key");
    public static readonly Text WrappingKeyInvalid = new("包装密钥不是 32 字节", "the wrapping key is not 32 bytes");
    public static readonly Text BackupName = new("备份名称，省略为时间与位置", "Name of the backup; default: time and position");
    public static readonly Text RestoreFrom = new("账本备份目录", "Folder of the ledger's backup");
    public static readonly Text RestoreKeys = new("密钥备份目录（同一次或更新的备份）", "Folder of the keys' backup: the same one's or a newer one's");
    public static readonly Text RestoreEpoch = new("新纪元编号；同一备份再次恢复时须更大", "Number of the new epoch; a higher one when the same backup is restored again");
    public static readonly Text RestoreErase = new("密钥已不存在的记录登记为已删除", "Record as erased what has no key any more");
    public static readonly Text Address = new("Hub 地址，默认 http://127.0.0.1:$CREDITEXCHANGE_GRPC_PORT（7080）", "Address of the hub; default http://127.0.0.1:$CREDITEXCHANGE_GRPC_PORT (7080)");
    public static readonly Text As = new("以哪个机构的身份：使用 $CREDITEXCHANGE_DATA/tokens/<机构>.jwt", "As which agency: uses $CREDITEXCHANGE_DATA/tokens/<agency>.jwt");
    public static readonly Text TokenFile = new("令牌文件，代替 --as", "File that holds the token, instead of --as");
    public static readonly Text CaFile = new("信任的 CA 证书（PEM）", "Certificates to trust (PEM)");
    public static readonly Text Json = new("以 JSON 输出，每行一个对象", "Write JSON, one object a line");
    public static readonly Text Lang = new("语言：zh 或 en", "Language: zh or en");
    public static readonly Text Help = new("显示帮助", "Show help");
    public static readonly Text Version = new("显示版本", "Show the version");
    public static readonly Text ImportFile = new("CSV 或 NDJSON 文件（UTF-8）", "CSV or NDJSON file (UTF-8)");
    public static readonly Text ImportList = new("名单代码，行内未写明时使用；法院公布格式默认 court.dishonest-judgment-debtor", "List code for rows that name none; for the courts' columns court.dishonest-judgment-debtor");
    public static readonly Text Rejects = new("退回行写入此文件，默认 <文件>.rejects.ndjson", "File for rejected rows; default FILE.rejects.ndjson");
    public static readonly Text Format = new("格式：csv 或 ndjson，默认按扩展名", "Format: csv or ndjson; default by the file's extension");
    public static readonly Text Reconcile = new("文件为本机构名单的全量：与 Hub 对账，新增发布、变化更正、消失的按依据终止", "The file is the agency's full list: publish what is new, amend what differs, end what vanished with a ground");
    public static readonly Text Ends = new("消失行的依据文件（CSV：source_ref,ground,ended_on,…；或每行一个 EndListingRequest）", "File of grounds for what vanished (CSV: source_ref,ground,ended_on,...; or one EndListingRequest a line)");
    public static readonly Text Ground = new("全部消失行共同的终止依据，例如 DUTY_DONE 或 履行完毕", "One ground for all that vanished, for example DUTY_DONE");
    public static readonly Text EndedOn = new("依据消失之日，yyyy-MM-dd；省略为今天", "Day the ground was gone, yyyy-MM-dd; default today");
    public static readonly Text EndDocument = new("终止文书号", "Number of the document that says so");
    public static readonly Text EndAuthority = new("作出终止文书的机关", "Who made that document");
    public static readonly Text EndDecidedOn = new("终止文书日期，yyyy-MM-dd", "Day of that document, yyyy-MM-dd");
    public static readonly Text Confirm = new("已查看：超过 5 % 消失、过半变化或文件未完时仍继续", "Looked at: go on where more than 5 % vanished, most changed, or the file seems cut off");
    public static readonly Text ReconcileDryRun = new("只显示对账结果，不发送（须与 --reconcile 同用）", "Show what would be done and send nothing (with --reconcile)");
    public static readonly Text OfflineCatalogue = new("不连接 Hub：按此目录文件夹检查，shipped 为随程序附带的目录", "Ask no hub: judge by the catalogue in this folder, or by the one that ships (shipped)");
    public static readonly Text InFlight = new("最多同时等待答复的行数", "How many rows may wait for their answer");
    public static readonly Text Matter = new("事项代码，例如 dutyfree.offshore-purchase", "Matter code, for example dutyfree.offshore-purchase");
    public static readonly Text Purpose = new("案号或订单号，记入访问日志", "Case or order reference, for the access log");
    public static readonly Text CheckFile = new("证件号码文件，每行 [种类[@签发方]:]号码[,姓名]；省略则读标准输入", "File with one [kind[@issuer]:]number[,name] a line; else standard input");
    public static readonly Text From = new("起始位置（含），1 为全部", "First position, inclusive; 1: all");
    public static readonly Text WatchList = new("只看这些名单，可重复", "Only these lists; may be repeated");
    public static readonly Text WatchRegion = new("只看这些地区（GB/T 2260 前缀），可重复", "Only these regions (GB/T 2260 prefix); may be repeated");
    public static readonly Text WatchCount = new("收到这么多事件后结束", "End after this many events");
    public static readonly Text AgencyId = new("机构标识", "Agency id");
    public static readonly Text Scopes = new("权限范围，逗号分隔；省略为机构全部权限", "Scopes, separated by commas; default: all of the agency's");
    public static readonly Text Lifetime = new("有效期（秒）", "Lifetime in seconds");
    public static readonly Text AgencyFile = new("机构文件（Protobuf JSON）", "Agency file (Protobuf JSON)");
    public static readonly Text Reason = new("理由", "Why");
    public static readonly Text AsOf = new("按此日的目录，yyyy-MM-dd", "As of this day, yyyy-MM-dd");
    public static readonly Text CataloguePaths = new("目录文件夹或文件", "Folder or files of the catalogue");
    public static readonly Text DryRun = new("只校验，不启用", "Validate only");
    public static readonly Text ListingId = new("记录标识", "Listing id");
    public static readonly Text ListCode = new("名单代码", "List code");
    public static readonly Text State = new("状态，例如 active", "State, for example active");
    public static readonly Text Limit = new("最多条数", "At most this many");
    public static readonly Text SampleCount = new("条数", "How many");
    public static readonly Text Seed = new("种子", "Seed");
    public static readonly Text Out = new("输出文件，省略则写标准输出", "File to write; default standard output");
    public static readonly Text AllKinds = new("也生成没有演示机构发布的名单种类", "Also make kinds of list that no demonstration agency publishes");
    public static readonly Text Publisher = new("只取该机构发布的记录", "Only listings of this publisher");
    public static readonly Text Today = new("生成记录所依据的日期，yyyy-MM-dd；省略为今天", "The day the listings are made for, yyyy-MM-dd; default today");

    public static readonly Text LogFrom = new("自此时刻起，例如 2026-03-01T08:00:00+08:00", "From this time, for example 2026-03-01T08:00:00+08:00");
    public static readonly Text LogUntil = new("到此时刻前", "Before this time");
    public static readonly Text LogAgency = new("只看该机构", "Only by this agency");
    public static readonly Text LogMatter = new("只看该事项", "Only in this matter");
    public static readonly Text LogMethod = new("只看该方法，例如 CheckSubject", "Only this method, for example CheckSubject");
    public static readonly Text LogCheckId = new("只看该核查编号的一条", "Only the record of this check_id");
    public static readonly Text LogRequestId = new("只看该请求编号（系统的或调用方的）", "Only this request id: the hub's, or the caller's own");
    public static readonly Text LogListing = new("只看涉及该名单记录的", "Only where this listing took part");
    public static readonly Text LogSubject = new("只看该主体：文件首行为 [种类[@签发方]:]号码，- 为标准输入", "Only about the subject in the first line of this file, [kind[@issuer]:]number; -: standard input");
    public static readonly Text LogSubjectNext = new("文件首行写明 [种类[@签发方]:]号码", "Put [kind[@issuer]:]number in its first line");

    // Help.
    public static readonly Text HelpUsage = new("用法", "Usage");
    public static readonly Text HelpCommands = new("命令", "Commands");
    public static readonly Text HelpArguments = new("参数", "Arguments");
    public static readonly Text HelpOptions = new("选项", "Options");
    public static readonly Text HelpExitCodes = new("退出码", "Exit codes");
    public static readonly Text HelpRequired = new("（必填）", " (required)");
    public static readonly Text Exit0 = new("全部完成；核查全部为正常或受益", "all done; all checks clear or favoured");
    public static readonly Text Exit1 = new("有行被退回；或有主体受限、需注意", "some rows rejected; or a subject restricted or cautioned");
    public static readonly Text Exit2 = new("用法错误", "usage");
    public static readonly Text Exit3 = new("无法连接 Hub", "hub unreachable");
    public static readonly Text Exit4 = new("被拒绝：令牌或权限", "refused: token or right");
    public static readonly Text Exit5 = new("其他错误", "other error");

    public static readonly Text Exit6 = new("对账：发送前停止，须先查看", "reconcile: stopped before anything was sent; look first");

    // Errors: what happened; what to do next.
    public static readonly Text Line = new("{0}；{1}（{2}）", "{0}. {1} ({2})");
    public static readonly Text Usage = new("命令行有误：{0}", "The command line is wrong: {0}");
    public static readonly Text UsageNext = new("请看 {0} --help", "See {0} --help");
    public static readonly Text UnknownWord = new("不认识或多余的词（第 {0} 个）", "unknown or superfluous word (number {0})");
    public static readonly Text MissingOption = new("缺少 {0}", "{0} is missing");
    public static readonly Text MissingCommand = new("缺少子命令", "a subcommand is missing");
    public static readonly Text BadOption = new("{0} 的值无效", "the value of {0} is not valid");
    public static readonly Text Unreachable = new("无法连接 {0}", "No hub answers at {0}");
    public static readonly Text UnreachableNext = new("确认 Hub 已启动（make run），或用 --address 指明", "Start it (make run) or name another with --address");
    public static readonly Text Refused = new("Hub 拒绝了调用", "The hub refused the call");
    public static readonly Text RefusedNext = new("检查令牌与权限，用 --as 或 --token-file 更换", "Check token and rights; choose others with --as or --token-file");
    public static readonly Text Failed = new("调用失败：{0}", "The call failed: {0}");
    public static readonly Text FailedNext = new("稍后重试；若重复出现请报告", "Try again; report it when it happens again");
    public static readonly Text NoToken = new("找不到 {0} 的令牌", "No token of {0} was found");
    public static readonly Text NoTokenNext = new("设置 CREDITEXCHANGE_DATA，或用 --token-file", "Set CREDITEXCHANGE_DATA or use --token-file");
    public static readonly Text AddressInvalid = new("地址无效或为非本机明文", "The address is not valid, or plain text to another machine");
    public static readonly Text AddressNext = new("使用 https:// 地址", "Use an https:// address");
    public static readonly Text FileUnreadable = new("无法读写文件 {0}", "File {0} can't be read or written");
    public static readonly Text FileNext = new("检查路径与权限", "Check path and permissions");
    public static readonly Text NotUtf8 = new("文件不是 UTF-8（第 {0} 行起像 GB18030/GBK）", "The file is not UTF-8 (from line {0} on it looks like GB18030/GBK)");
    public static readonly Text Utf16 = new("文件是 UTF-16，不是 UTF-8", "The file is UTF-16, not UTF-8");
    public static readonly Text Utf16Next = new("先转换：iconv -f {0} -t UTF-8 文件 > 新文件（电子表格软件请另存为 CSV UTF-8）", "Convert it first: iconv -f {0} -t UTF-8 FILE > NEW (from a spreadsheet: save as CSV UTF-8)");
    public static readonly Text Utf8Cut = new("文件在第 {0} 行的一个字符中间中断", "The file ends in the middle of a character, on line {0}");
    public static readonly Text Utf8CutNext = new("重新生成或重新传送该文件", "Make or transfer the file again");
    public static readonly Text Utf8Broken = new("第 {0} 行有字节既不是 UTF-8 也不像 GB18030", "Line {0} holds bytes that are neither UTF-8 nor look like GB18030");
    public static readonly Text Utf8BrokenNext = new("查看该行；混合编码的文件须重新导出", "Look at that line; a file of mixed encodings must be exported again");
    public static readonly Text HeaderLikely = new("第 {0} 列“{1}”应是“{2}”？", "column {0} '{1}': {2} meant?");
    public static readonly Text HeaderUnknown = new("第 {0} 列“{1}”无人读取", "column {0} '{1}' is not known");
    public static readonly Text HeaderUnknownPlace = new("第 {0} 列不认识", "column {0} is not known");
    public static readonly Text HeaderTwice = new("第 {0} 列“{1}”重复", "column {0} '{1}' stands twice");
    public static readonly Text HeaderMissing = new("缺少 {0}", "{0} missing");
    public static readonly Text NotUtf8Next = new("先转换：iconv -f GB18030 -t UTF-8 文件 > 新文件", "Convert it first: iconv -f GB18030 -t UTF-8 FILE > NEW");
    public static readonly Text NoHeader = new("首行不是可识别的表头：{0}", "The first line is not a known header: {0}");
    public static readonly Text NoHeaderNext = new("列名见 docs/cli.md", "docs/cli.md names the columns");
    public static readonly Text RowTooLong = new("第 {0} 行起的记录超过 1 MiB", "The record from line {0} is longer than 1 MiB");
    public static readonly Text RowTooLongNext = new("检查引号是否配对", "Check that quotes are in pairs");
    public static readonly Text NeedsAs = new("此命令须写明以哪个机构的身份执行", "This command needs the agency that it acts for");
    public static readonly Text NeedsAsNext = new("加上 --as 机构，通常是发布该名单的机构", "Add --as AGENCY, as a rule the publisher of the list");
    public static readonly Text NotAJsonMessage = new("{0} 不是有效的 Protobuf JSON", "{0} is not valid Protobuf JSON");
    public static readonly Text NoInput = new("没有可核查的号码", "There is nothing to check");
    public static readonly Text NoInputNext = new("用 --file 或标准输入给出，每行一个", "Give numbers by --file or standard input, one a line");

    // Rows rejected before they are sent.
    public static readonly Text RowColumns = new("列数与表头不同", "The number of columns differs from the header's");
    public static readonly Text RowQuote = new("引号不配对", "A quote is out of place");
    public static readonly Text RowJson = new("不是有效的记录 JSON", "Not a valid listing in JSON");
    public static readonly Text RowKind = new("无法辨认证件种类", "The kind of the number can't be told");
    public static readonly Text RowKindUnknown = new("证件种类未知", "The kind of id is unknown");
    public static readonly Text RowDate = new("日期无效", "Not a valid date");
    public static readonly Text RowMissing = new("缺少必填项", "A required value is missing");

    public static readonly Text RowNotAListing = new("全量文件只含名单记录，不含更正或终止", "A full file holds listings only, no amendments or endings");
    public static readonly Text RowTwice = new("同一记录在文件中出现两次，以首次为准", "The same listing stands in the file twice; the first row counts");
    public static readonly Text RowClosed = new("Hub 已终止该记录，不会因文件仍列出而重新列入；请从文件删除，确须恢复时注明 restores_listing_id", "The hub has closed this listing, and a file that still has it puts nobody back; take it out, or name it in restores_listing_id");
    public static readonly Text GroundMissing = new("文件中已消失，但没有终止依据：未作任何变更", "Vanished from the file without a ground: nothing was ended");
    public static readonly Text NotEndedDamaged = new("文件有无法辨认的行，可能正是这一条：未终止", "The file has rows that can't be read, and this may be one of them: not ended");
    public static readonly Text EndUseless = new("这条依据不对应任何消失的记录（仍在文件中、不存在，或须加证件号码区分）", "This ground is about nothing that vanished: still in the file, not known, or in need of its number");
    public static readonly Text GroundUnknown = new("终止依据未知", "The ground is unknown");

    // Reconciling.
    public static readonly Text NeedsReconcile = new("{0} 须与 --reconcile 同用", "{0} needs --reconcile");
    public static readonly Text ReconcileReason = new("全量对账", "Reconciled with the full file");
    public static readonly Text FileEmpty = new("文件没有任何行，不能据此终止任何记录", "The file has no rows, and nothing is ended because of that");
    public static readonly Text FileEmptyNext = new("检查导出；名单确已清空时逐条终止", "Check the export; where a list is really empty, end its listings one by one");
    public static readonly Text FileCutOff = new("文件末行没有换行，可能未传完", "The last line has no line end: the file may be cut off");
    public static readonly Text StopVanished = new("{0}：Hub 有效记录 {2} 条，文件中缺少 {1} 条，超过 5 %，已停止，未发送任何内容", "{0}: {1} of the {2} live listings vanished, more than 5 %; stopped before anything was sent");
    public static readonly Text StopChanged = new("{0}：Hub 有效记录 {2} 条，其中 {1} 条内容不同，超过一半，已停止，未发送任何内容", "{0}: {1} of the {2} live listings changed, more than half; stopped before anything was sent");
    public static readonly Text StopNext = new("用 --dry-run 查看；确认文件完整后加 --confirm", "Look with --dry-run; add --confirm when the file is right");
    public static readonly Text ReconcileList = new("{0}：Hub 有效 {1}，新增 {2}，变化 {3}，不变 {4}，消失 {5}", "{0}: {1} live at the hub, {2} new, {3} changed, {4} unchanged, {5} vanished");
    public static readonly Text ReconcileDone = new("发布 {0}，更正 {1}，不变 {2}，终止 {3}，缺依据 {4}，退回 {5}，已在库中 {6}", "{0} published, {1} amended, {2} unchanged, {3} ended, {4} without ground, {5} rejected, {6} already there");
    public static readonly Text ReconcileWould = new("将发布 {0}，更正 {1}，不变 {2}，终止 {3}，缺依据 {4}，退回 {5}，已在库中 {6}（未发送）", "Would be: {0} published, {1} amended, {2} unchanged, {3} ended, {4} without ground, {5} rejected, {6} already there (nothing sent)");
    public static readonly Text FateLine = new("{0}\t第 {1} 行\t{2}\t{3}\t{4}", "{0}\tline {1}\t{2}\t{3}\t{4}");
    public static readonly Text FatesMore = new("另有 {0} 行，用 --json 查看全部", "{0} more rows; --json tells all");
    public static readonly Text FateNew = new("发布", "publish");
    public static readonly Text FateAmended = new("更正", "amend");
    public static readonly Text FateRejected = new("退回", "refuse");
    public static readonly Text FateEnded = new("终止", "end");
    public static readonly Text FateWithoutGround = new("缺依据", "no ground");

    // The doctor.
    public static readonly Text DoctorDone = new("共 {0} 行：入库 {1}，更正 {2}，不变 {3}，已在库中 {4}，终止 {5}，缺依据 {6}，退回 {7}", "{0} rows: {1} would go in, {2} be amended, {3} stay unchanged, {4} are already there, {5} be ended, {6} lack a ground, {7} be refused");
    public static readonly Text DoctorOffline = new("未询问 Hub：权限与已有记录未核对", "No hub was asked: rights and what is already there were not looked at");
    public static readonly Text DoctorFullWidth = new("号码含全角字符，按半角处理", "the number has full-width characters, taken as half-width");
    public static readonly Text DoctorUnjudged = new("不在已读取的本机构记录中，由 Hub 判断", "not among this agency's listings; the hub will judge it");
    public static readonly Text DoctorStop = new("加 --reconcile 导入会停止：{0}", "cx import --reconcile would stop: {0}");

    // Progress and summaries.
    public static readonly Text ImportTask = new("导入", "Importing");
    public static readonly Text ImportTick = new("已答复 {0} 行，每秒 {1} 行，{2} %，剩余 {3}", "{0} rows answered, {1} rows/s, {2} %, {3} left");
    public static readonly Text ImportResume = new("连接中断（{0}），{1} 秒后续传", "Connection lost ({0}); resuming in {1} s");
    public static readonly Text ImportDone = new("入库 {0} 行，退回 {1} 行，用时 {2} 秒，每秒 {3} 行", "{0} rows accepted, {1} rejected, {2} s, {3} rows/s");
    public static readonly Text ImportAlreadyThere = new("  其中 {0} 行此前已在库中", "  {0} of them already there");
    public static readonly Text ImportReason = new("  {0}：{1}", "  {0}: {1}");
    public static readonly Text ImportRejects = new("退回行见 {0}", "Rejected rows: {0}");
    public static readonly Text WatchInterrupted = new("连接中断（{0}），{1} 秒后续接", "Stream broken ({0}); resuming in {1} s");
    public static readonly Text WatchDiverged = new("账本已恢复为 {0}，与您跟踪的 {1} 在位置 {2} 之后不同（您已收到 {3}）", "The ledger was restored as {0}: it differs from the {1} that you followed after position {2} (you have seen {3})");
    public static readonly Text WatchDivergedNext = new("丢弃该位置之后的内容，然后 cx watch --from {0}", "Drop what came after that position, then cx watch --from {0}");
    public static readonly Text LedgerProgress = new("位置 {0} / {1}", "position {0} of {1}");
    public static readonly Text LedgerCounts = new("账本 {0}，位置 {1}：{2} 个事件，{3} 个实体，已删除 {4} 个实体（{5} 个事件），{6} 个纪元，链哈希 {7}", "Ledger {0} at position {1}: {2} events, {3} entities, {4} erased ({5} events), {6} epochs, chain {7}");
    public static readonly Text LedgerFault = new("账本在位置 {0} 损坏：{1}", "The ledger is damaged at position {0}: {1}");
    public static readonly Text LedgerFaultNext = new("停止写入，从备份恢复；仅派生表损坏时用 cx ledger rebuild", "Stop writing and restore a backup; where only derived tables are at fault, cx ledger rebuild mends them");
    public static readonly Text LedgerRefusedNext = new("按提示处理后重试", "Mend that and try again");
    public static readonly Text LedgerRebuilt = new("账本 {0}，位置 {1}：重建 {2} 个实体，{3} 个请求键", "Ledger {0} at position {1}: {2} entities and {3} request keys made again");
    public static readonly Text LedgerBackedUp = new("备份 {0} 完成：账本 {1}，位置 {2}，链哈希 {3}", "Backup {0} made: ledger {1} at position {2}, chain {3}");
    public static readonly Text LedgerRestored = new("已恢复为 {0}：与原账本共同至位置 {1}，现位置 {2}，登记删除 {3} 个实体", "Restored as {0}: in common with the ledger before up to position {1}, now at {2}, {3} entities recorded as erased");
    public static readonly Text ListingRecorded = new("记录 {0}：已登记，位置 {1}", "Listing {0}: recorded at position {1}");
    public static readonly Text ListingErased = new("记录 {0} 已删除，位置 {1}", "Listing {0} was erased at position {1}");
    public static readonly Text LintClean = new("目录无误：{0} 种名单，{1} 项措施，{2} 个事项", "The catalogue is sound: {0} kinds of list, {1} measures, {2} matters");
    public static readonly Text LintBad = new("目录有 {0} 处问题", "The catalogue has {0} faults");
    public static readonly Text LintNext = new("改正后重试", "Correct them and try again");
    public static readonly Text Activated = new("已启用，摘要 {0}，位置 {1}", "In force: digest {0}, position {1}");
    public static readonly Text Validated = new("校验通过，摘要 {0}", "Valid: digest {0}");

    // Verdicts.
    public static readonly Text Clear = new("正常", "CLEAR");
    public static readonly Text Favoured = new("受益", "FAVOURED");
    public static readonly Text Caution = new("需注意", "CAUTION");
    public static readonly Text Restricted = new("受限", "RESTRICTED");
    public static readonly Text Unclear = new("不明", "UNCLEAR");

    // Recipients and subjects.
    public static readonly Text RecipientPublisher = new("发布机构本身", "its publisher");
    public static readonly Text RecipientAgency = new("本省机构", "agency of the province");
    public static readonly Text RecipientCounter = new("查询终端", "counter");
    public static readonly Text RecipientPartner = new("外省平台", "partner hub");
    public static readonly Text RecipientOperator = new("管理员", "operator");
    public static readonly Text RecipientPublic = new("社会公众", "public");
    public static readonly Text RecipientPlatform = new("数据平台", "data platform");
    public static readonly Text WhilePublished = new("公开期间", "while published");
    public static readonly Text Persons = new("自然人", "persons");
    public static readonly Text Organisations = new("组织", "organisations");
    public static readonly Text AnySubject = new("全部主体", "all subjects");
    public static readonly Text AnyState = new("全部状态", "all states");

    // Table heads.
    public static readonly Text HeadField = new("字段", "Field");
    public static readonly Text HeadRecipient = new("接收方", "Recipient");
    public static readonly Text HeadStates = new("可见的状态", "Seen in states");
    public static readonly Text HeadCode = new("代码", "Code");
    public static readonly Text HeadName = new("名称", "Name");
    public static readonly Text HeadSubject = new("主体", "Subject");
    public static readonly Text HeadShows = new("说明", "Shows");
    public static readonly Text HeadBasis = new("依据", "Basis");
    public static readonly Text HeadSince = new("自", "Since");
    public static readonly Text HeadRegion = new("地区", "Region");
    public static readonly Text HeadKind = new("种类", "Kind");
    public static readonly Text HeadRevoked = new("吊销", "Revoked");
    public static readonly Text HeadList = new("名单", "List");
    public static readonly Text HeadState = new("状态", "State");
    public static readonly Text HeadAgency = new("机构", "Agency");
    public static readonly Text HeadPosition = new("位置", "Position");
    public static readonly Text HeadLag = new("落后条数", "Lag");
    public static readonly Text HeadBehind = new("落后时长", "Behind");
    public static readonly Text HeadTold = new("报告时间", "Told");
    public static readonly Text HeadRefused = new("拒收", "Refused");
    public static readonly Text HeadRevision = new("修订", "Revision");
}
