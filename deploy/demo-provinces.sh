#!/bin/bash
# Three provinces on one machine: Hainan, Guangdong, Guangxi, each with a hub and a ledger of its own. They sign agreements with each other,
# one lists a debtor and the others know it, one is cut off and joins again, and the story is printed as a table. "after" is how long it
# took until all three said so, the starts of the cx that asked them included.
# Called by `make demo-provinces`, which builds the programs. DEMO_PORTS: six free ports (gRPC and HTTP of each hub), else 7180 to 7185.
# Exit: 0 all came as told, 1 not, 2 can't start.
set -uo pipefail
cd "$(dirname "$0")/.."
read -ra ports <<< "${DEMO_PORTS:-7180 7181 7182 7183 7184 7185}"
patience=${DEMO_PATIENCE:-60}
matter=approval.notification-commitment
hub=artifacts/hub/CreditExchange.Hub cx=artifacts/cx/cx
[ -x $hub ] && [ -x $cx ] || { echo "The programs are missing: make build" >&2; exit 2; }
command -v jq > /dev/null || { echo "jq is missing: apt-get install jq" >&2; exit 2; }
case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in zh*) language=zh ;; *) language=en ;; esac
root=$(mktemp -d "${TMPDIR:-/tmp}/provinces.XXXXXX") || exit 2
declare -A pid region=([hainan]=460000 [guangdong]=440000 [guangxi]=450000) port=([hainan]=0 [guangdong]=2 [guangxi]=4)
provinces=(hainan guangdong guangxi)

finish() {
  for name in "${!pid[@]}"; do kill "${pid[$name]}" 2> /dev/null; done
  wait
  rm -rf "$root"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { if [ $language = zh ]; then echo "$1"; else echo "$2"; fi; }
stop() { say "$1" "$2" >&2; exit 1; }

# cx at a province's hub.
at() {
  local name=$1
  shift
  CREDITEXCHANGE_GRPC_PORT=${ports[${port[$name]}]} CREDITEXCHANGE_HTTP_PORT=${ports[${port[$name]} + 1]} CREDITEXCHANGE_DATA=$root/$name $cx "$@"
}

# Starts a hub that calls those named behind it.
serve() {
  local name=$1 at=${port[$1]} partner i=0 settings=()
  shift
  for partner in "$@"; do
    settings+=("--Recognition:Partners:$i:Region=${region[$partner]}" "--Recognition:Partners:$i:Address=http://127.0.0.1:${ports[${port[$partner]}]}"
      "--Recognition:Partners:$i:TokenFile=$root/$partner/tokens/$name-hub.jwt")
    i=$((i + 1))
  done
  DOTNET_ENVIRONMENT=Development CREDITEXCHANGE_GRPC_PORT=${ports[$at]} CREDITEXCHANGE_HTTP_PORT=${ports[$at + 1]} CREDITEXCHANGE_DATA=$root/$name \
    $hub --SampleListings=0 --Recognition:Region="${region[$name]}" --Recognition:HubId="$name-hub" "${settings[@]}" > "$root/$name.log" 2>&1 &
  pid[$name]=$!
  local began=$SECONDS
  until curl -sf -o /dev/null "http://127.0.0.1:${ports[$at + 1]}/healthz/ready"; do
    if ! kill -0 "${pid[$name]}" 2> /dev/null || [ $((SECONDS - began)) -gt "$patience" ]; then
      tail -5 "$root/$name.log" >&2
      stop "$name 的枢纽未能启动" "The hub of $name did not start"
    fi
    sleep 0.1
  done
}

# The verdict about a subject in a province, with the agreement by which it counts.
verdict() {
  at "$1" check --matter $matter --purpose "琼审批〔2026〕1号" --json <<< "$2" | jq -r '.verdict + (.matches[0].origin.agreement // "" | if . == "" then "" else " " + . end)'
}

seconds() { awk -v from="$1" -v to="$(date +%s.%N)" 'BEGIN { printf "%.1f s", to - from }'; }

rows=()
# Waits until three verdicts about a subject are what they must be, and notes a row: number, subject, Hainan, Guangdong, Guangxi, zh, en.
expect() {
  local step=$1 subject=$2 zh=$6 en=$7 began last=("" "" "") i
  began=$(date +%s.%N)
  for i in 0 1 2; do
    local wanted=${*:3 + i:1} start=$SECONDS
    until last[i]=$(verdict "${provinces[i]}" "$subject"); [ "${last[i]}" = "$wanted" ]; do
      if [ $((SECONDS - start)) -gt "$patience" ]; then
        at "${provinces[i]}" partners >&2
        stop "第${step}步:${provinces[i]} 应为 $wanted,实为 ${last[i]}" "Step $step: ${provinces[i]} says ${last[i]} and should say $wanted"
      fi
    done
  done
  rows+=("$(printf '%-2s  %-24s  %-10s  %-24s  %-6s  %s' "$step" "${last[@]}" "$(seconds "$began")" "$(say "$zh" "$en")")")
}

# Two provinces sign: one proposes, the other adds its signature, the first takes it back.
sign() {
  at "$2" agreement party > "$root/party.json" && at "$1" agreement propose "$3" --partner "$root/party.json" > "$root/proposed.json" \
    && at "$2" agreement countersign "$root/proposed.json" > "$root/both.json" && at "$1" agreement countersign "$root/both.json" > /dev/null \
    || stop "协议 $3 未能签署" "Agreement $3 could not be signed"
}

# What Guangdong's court has on its list, as a file.
list() { printf 'source_ref,list_code,number,subject_name,reason,document_number,document_authority,decided_on,conduct_on,served_on,manner,remedies\n%s' "$1"; }
row() { echo "$1,court.dishonest-judgment-debtor,$2,$3,有履行能力而拒不履行,(2026)粤样执$1号,广东省样例法院,2026-03-02,2026-01-05,2026-03-03,公告,可以向执行法院申请纠正"; }
import() {
  list "$1" > "$root/debtors.csv"
  shift
  at guangdong import "$root/debtors.csv" --as guangdong-high-court --token-file "$root/court.jwt" --list court.dishonest-judgment-debtor "$@" --json > "$root/import.json" \
    || { cat "$root/import.json" >&2; stop "导入失败" "The import failed"; }
}

say "启动海南、广东、广西三个枢纽 …" "Starting the hubs of Hainan, Guangdong and Guangxi ..."
serve hainan
serve guangdong hainan
serve guangxi hainan guangdong
cat > "$root/court.json" << 'JSON'
{"agencyId": "guangdong-high-court", "name": {"zh": "广东省高级人民法院", "en": "High People's Court of Guangdong"}, "region": "440000",
 "kind": "AGENCY_KIND_COURT", "rights": {"scopes": ["listing.publish", "listing.read"], "publish": ["court.dishonest-judgment-debtor"],
 "end": ["court.dishonest-judgment-debtor"], "recipient": "RECIPIENT_KIND_AGENCY"}}
JSON
at guangdong agency put "$root/court.json" --reason "demo" > /dev/null && at guangdong token guangdong-high-court > "$root/court.jwt" \
  || stop "广东法院未能登记" "Guangdong's court could not be registered"

# Made-up subjects, the same as everywhere in the documents.
company=$(at hainan personas --json | jq -r 'select(.name == "clean") | .ids[0].line')
person=$(at hainan personas --json | jq -r '.ids[].line' | grep '^resident_id:' | head -1)
number() { sed 's/^[^:]*://; s/,.*//' <<< "$1"; }
name() { sed 's/^[^,]*,//' <<< "$1"; }
debtor=$(row 1 "$(number "$company")" "$(name "$company")")
other=$(row 2 "$(number "$person")" "$(name "$person")")

import "$debtor"$'\n'"$other"$'\n'
expect 1 "$company" CLEAR RESTRICTED CLEAR "广东法院公布一家公司;尚无协议,外省不计" "Guangdong's court lists a company; without an agreement it counts nowhere else"

sign hainan guangdong GD-HI-2026-01
sign hainan guangxi GX-HI-2026-01
sign guangdong guangxi GD-GX-2026-01
expect 2 "$company" "RESTRICTED GD-HI-2026-01" RESTRICTED "RESTRICTED GD-GX-2026-01" "三省两两签署协议" "Each two provinces sign an agreement"
expect 3 "$person" "RESTRICTED GD-HI-2026-01" RESTRICTED "RESTRICTED GD-GX-2026-01" "名单上的自然人以令牌传送,外省不见其姓名号码" "A person on the list crossed as a token, without name and number"

at hainan agreement suspend GD-HI-2026-01 --reason "数据质量待核查" > /dev/null || stop "暂停失败" "The suspension failed"
expect 4 "$company" CLEAR RESTRICTED "RESTRICTED GD-GX-2026-01" "海南暂停与广东的协议" "Hainan suspends its agreement with Guangdong"
at hainan agreement resume GD-HI-2026-01 --reason "核查完毕" > /dev/null || stop "恢复失败" "The resumption failed"
expect 5 "$company" "RESTRICTED GD-HI-2026-01" RESTRICTED "RESTRICTED GD-GX-2026-01" "恢复协议" "and resumes it"

for name in hainan guangdong; do
  at $name token revoke --file "$root/$name/tokens/guangxi-hub.jwt" --reason "demo" > /dev/null || stop "断开失败" "Cutting off failed"
done
import "$other"$'\n' --reconcile --confirm --ground DUTY_DONE
expect 6 "$company" CLEAR CLEAR "RESTRICTED GD-GX-2026-01" "广西被断开;债务人履行,广东移出,海南即知" "Guangxi is cut off; the debtor pays, Guangdong removes it, Hainan knows at once"

for name in hainan guangdong; do
  at $name token guangxi-hub > "$root/token" && mv "$root/token" "$root/$name/tokens/guangxi-hub.jwt" || stop "重连失败" "Joining again failed"
done
expect 7 "$company" CLEAR CLEAR CLEAR "广西重新接入" "Guangxi joins again"

echo
printf '%-2s  %-24s  %-10s  %-24s  %-6s  %s\n' "#" Hainan Guangdong Guangxi "$(say 用时 after)" "$(say 经过 "what happened")"
printf '%s\n' "${rows[@]}"
echo
for name in "${provinces[@]}"; do
  echo "cx partners ($name)"
  at "$name" partners || exit 1
done
