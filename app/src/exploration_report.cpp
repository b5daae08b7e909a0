// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "exploration.h"
#include "html.h"
#include "quantity_text.h"

namespace lamina::app {
namespace {

using explore::metric;
using explore::point_result;

/// Points that the page draws: the front, and as many of the others.
constexpr std::size_t most_drawn = 3000;

constexpr const char* script = R"js(
const S='http://www.w3.org/2000/svg', C=['#2f6db5','#d97b29','#4c9f70','#b8485e','#8067b0','#b59a2f','#3fa3b5','#8a6d5a','#d07fae','#6b7685'];
const el=(n,a,p)=>{const e=document.createElementNS(S,n);for(const k in a)e.setAttribute(k,a[k]);p&&p.appendChild(e);return e};
const num=v=>v===null?'-':v===0?'0':(()=>{const u=['p','n','u','m','','k','M','G'];let i=4;while(Math.abs(v)>=1000&&i<7){v/=1000;i++}while(Math.abs(v)<1&&i>0){v*=1000;i--}return +v.toPrecision(4)+' '+u[i]})();
const limits=[...new Set(D.points.map(p=>p.b))].sort(), colour=b=>C[limits.indexOf(b)%C.length];
const text=(p,x,y,s,a)=>{const t=el('text',Object.assign({x,y},a||{}),p);t.textContent=s;return t};
const tip=document.getElementById('tip');
const show=(e,p)=>{tip.textContent='point '+p.id+(p.f?' (front)':'')+'\n'+D.axes.map((a,i)=>a.name+': '+a.values[p.d[i]]).join('\n')+'\n'+D.metrics.map((m,i)=>m.name+': '+num(p.v[i])+m.unit).join('\n')+'\nbound by '+p.b+', '+Math.round(100*p.s)+' % of the time'+(p.e===null?'':'\nclosed form '+(p.e>=0?'+':'')+(100*p.e).toFixed(1)+' % from TLM at the nearest check');tip.style.display='block';tip.style.left=Math.min(e.pageX+14,document.documentElement.clientWidth-320)+'px';tip.style.top=(e.pageY+14)+'px'};
const hide=()=>{tip.style.display='none'};
const hover=(n,p)=>{n.addEventListener('mousemove',e=>show(e,p));n.addEventListener('mouseleave',hide)};
const O=D.objectives, x=O[0], y=O.length>1?O[1]:O[0];
(function(){const s=document.getElementById('front'),W=860,H=420,L=90,B=370,R=840,T=16;
const r=i=>{const v=D.points.map(p=>p.v[i]);let a=Math.min(...v),b=Math.max(...v);if(a===b){a*=.9;b*=1.1}const g=(b-a)*.05;return[a>=0?Math.max(0,a-g):a-g,b+g]};
const[xa,xb]=r(x),[ya,yb]=r(y),X=v=>L+(v-xa)/(xb-xa)*(R-L),Y=v=>B-(v-ya)/(yb-ya)*(B-T);
for(let i=0;i<=4;i++){const a=xa+(xb-xa)*i/4,b=ya+(yb-ya)*i/4;el('line',{x1:L,x2:R,y1:Y(b),y2:Y(b),stroke:'#e3e7ec'},s);text(s,L-8,Y(b)+4,num(b),{'text-anchor':'end'});text(s,X(a),B+18,num(a),{'text-anchor':i<4?'middle':'end'})}
text(s,(L+R)/2,B+42,D.metrics[x].name+' ['+(D.metrics[x].unit||'1')+']',{'text-anchor':'middle'});text(s,L,T-3,D.metrics[y].name+' ['+(D.metrics[y].unit||'1')+']');
const f=D.points.filter(p=>p.f).sort((a,b)=>a.v[x]-b.v[x]);
D.points.filter(p=>!p.f).forEach(p=>hover(el('circle',{cx:X(p.v[x]),cy:Y(p.v[y]),r:3,fill:colour(p.b),'fill-opacity':.35},s),p));
if(f.length>1)el('path',{d:'M'+f.map(p=>X(p.v[x]).toFixed(1)+' '+Y(p.v[y]).toFixed(1)).join('L'),fill:'none',stroke:'#1c2430','stroke-width':1},s);
f.forEach(p=>hover(el('circle',{cx:X(p.v[x]),cy:Y(p.v[y]),r:6,fill:colour(p.b),stroke:p.c?'#000':'#fff','stroke-width':p.c?3:1.5},s),p));
document.getElementById('key').innerHTML=limits.map(b=>'<span><i style="background:'+colour(b)+'"></i>'+b+'</span>').join(' ')})();
(function(){const s=document.getElementById('parallel'),W=860,T=60,B=360;
const cols=D.axes.map((a,i)=>({name:a.name.split('.').slice(-3).join('.'),at:p=>a.values.length>1?p.d[i]/(a.values.length-1):.5,ends:[a.values[0],a.values[a.values.length-1]]})).concat(O.map(o=>{const v=D.points.map(p=>p.v[o]),a=Math.min(...v),b=Math.max(...v);return{name:D.metrics[o].name,at:p=>b>a?(p.v[o]-a)/(b-a):.5,ends:[num(a),num(b)]}}));
const X=i=>60+i*(W-120)/Math.max(1,cols.length-1),Y=t=>B-t*(B-T);
const path=p=>'M'+cols.map((c,i)=>X(i).toFixed(1)+' '+Y(c.at(p)).toFixed(1)).join('L');
D.points.filter(p=>!p.f).slice(0,600).forEach(p=>hover(el('path',{d:path(p),fill:'none',stroke:'#9aa5b3','stroke-opacity':.15},s),p));
D.points.filter(p=>p.f).forEach(p=>hover(el('path',{d:path(p),fill:'none',stroke:colour(p.b),'stroke-width':p.c?4:2},s),p));
cols.forEach((c,i)=>{el('line',{x1:X(i),x2:X(i),y1:T,y2:B,stroke:'#1c2430'},s);const o={'text-anchor':'middle'};text(s,X(i),i%2?18:36,c.name.length>24?'…'+c.name.slice(-23):c.name,o);text(s,X(i),B+16,String(c.ends[0]).slice(0,16),o);text(s,X(i),T-6,String(c.ends[1]).slice(0,16),o)})})();
)js";

/// With the nearest check's difference, for the page's script.
nlohmann::json drawn_points(const exploration& answer) {
  std::vector<bool> on_front(answer.results.size(), false);
  for (const std::size_t i : answer.front) on_front[i] = true;
  const std::size_t stride = std::max<std::size_t>(1, answer.results.size() / most_drawn);
  nlohmann::json all = nlohmann::json::array();
  for (std::size_t i = 0; i < answer.results.size(); ++i) {
    const point_result& one = answer.results[i];
    const bool drawn = on_front[i] || i % stride == 0;
    if (!drawn || one.what != point_result::state::feasible) continue;
    nlohmann::json values = nlohmann::json::array();
    for (const double value : one.values) {
      values.push_back(std::isnan(value) ? nlohmann::json() : nlohmann::json(value));
    }
    const auto* check = explore::nearest_check(answer.of, answer.checks, one.point);
    all.push_back({{"id", one.point},
                   {"d", digits_of(answer.of, one.point)},
                   {"v", values},
                   {"b", one.bound_by},
                   {"s", one.bound_share},
                   {"f", on_front[i]},
                   {"c", answer.chosen() == &one},
                   {"e", check ? nlohmann::json(check->difference()) : nlohmann::json()}});
  }
  return all;
}

std::string data_of(const exploration& answer) {
  nlohmann::json data;
  data["axes"] = nlohmann::json::array();
  for (const config::sweep_axis& axis : answer.of.axes) {
    nlohmann::json labels = nlohmann::json::array();
    for (const config::sweep_value& value : axis.values) labels.push_back(value.label);
    data["axes"].push_back({{"name", axis.name}, {"values", labels}});
  }
  for (const metric one : explore::all_metrics()) {
    data["metrics"].push_back({{"name", name_of(one)}, {"unit", unit_of(one)}});
  }
  for (const metric one : answer.of.objectives) {
    data["objectives"].push_back(static_cast<int>(one));
  }
  data["points"] = drawn_points(answer);
  std::string text = data.dump();
  for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at)) {
    text.replace(at, 1, "\\u003c");  // no tag ends the script
  }
  return text;
}

/// For each value of each axis, how often what binds.
std::string limits_table(const exploration& answer) {
  std::map<std::string, std::size_t> limits;
  for (const point_result& one : answer.results) {
    if (one.what == point_result::state::feasible) ++limits[one.bound_by];
  }
  std::string rows = "<tr><th>axis</th><th>value</th><th>feasible</th>";
  for (const auto& [limit, count] : limits) rows += "<th>" + escaped(limit) + "</th>";
  rows += "</tr>\n";
  for (std::size_t a = 0; a < answer.of.axes.size(); ++a) {
    const config::sweep_axis& axis = answer.of.axes[a];
    std::vector<std::map<std::string, std::size_t>> counts(axis.values.size());
    std::vector<std::size_t> totals(axis.values.size(), 0);
    for (const point_result& one : answer.results) {
      if (one.what != point_result::state::feasible) continue;
      const std::size_t digit = digits_of(answer.of, one.point)[a];
      ++counts[digit][one.bound_by];
      ++totals[digit];
    }
    for (std::size_t v = 0; v < axis.values.size(); ++v) {
      rows += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td>", v == 0 ? escaped(axis.name) : "",
                          escaped(axis.values[v].label), totals[v]);
      for (const auto& [limit, count] : limits) {
        const double share =
            totals[v] > 0 ? static_cast<double>(counts[v][limit]) / static_cast<double>(totals[v])
                          : 0;
        rows += fmt::format("<td style=\"background:rgba(47,109,181,{:.2f})\">{:.0f} %</td>",
                            0.6 * share, 100 * share);
      }
      rows += "</tr>\n";
    }
  }
  return "<div class=\"wide\"><table>" + rows + "</table></div>\n";
}

std::string checks_table(const exploration& answer) {
  if (answer.checks.empty()) return "<p>No point was checked in TLM.</p>\n";
  std::map<std::uint64_t, std::string> limit_of;
  for (const point_result& one : answer.results) limit_of[one.point] = one.bound_by;
  std::map<std::string, std::vector<const explore::spot_check*>> regimes;
  for (const explore::spot_check& one : answer.checks) {
    regimes["all"].push_back(&one);
    regimes["bound by " + limit_of[one.point]].push_back(&one);
  }
  std::string text =
      "<table><tr><th>regime</th><th>answered</th><th>no answer</th><th>median</th>"
      "<th>p90</th><th>worst</th></tr>\n";
  for (const auto& [regime, checks] : regimes) {
    const explore::check_summary s = explore::summary_of(checks);
    text +=
        fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                    escaped(regime), s.count, s.failed, percent_text(s.median), percent_text(s.p90),
                    percent_text(s.worst));
  }
  text +=
      "</table>\n<details><summary>each check</summary><div class=\"wide\"><table><tr><th>point"
      "</th><th>chosen as</th><th>closed form</th><th>TLM</th><th>difference</th>"
      "<th>simulated</th><th>design</th></tr>\n";
  for (const explore::spot_check& one : answer.checks) {
    text += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
        one.point, one.chosen_as, one.ok() ? si_text(one.analytical_s, "s") : "-",
        one.ok() ? si_text(one.tlm_s, "s") : escaped(one.error),
        one.ok() ? fmt::format("{:+.2f} %", 100 * one.difference()) : "-",
        one.ok() ? percent_text(one.simulated_share) : "-",
        escaped(label_of(answer.of, one.point)));
  }
  return text + "</table></div></details>\n";
}

std::string chosen_section(const exploration& answer) {
  const point_result* chosen = answer.chosen();
  if (chosen == nullptr) return {};
  config::diagnostics problems;
  const auto platform = platform_of(answer.of, chosen->point, 0, problems);
  return fmt::format(
      "<h2>The chosen design</h2>\n<p>Point {}, the best in {}: {}. It is beside this page as "
      "<code>chosen.yaml</code>, for <code>lamina run</code>.</p>\n"
      "<details><summary>its configuration</summary><pre>{}</pre></details>\n",
      chosen->point, name_of(answer.of.objectives.front()),
      escaped(label_of(answer.of, chosen->point)),
      platform ? escaped(config::to_yaml(*platform)) : "");
}

}  // namespace

std::string to_html(const exploration& answer) {
  std::ostringstream text;
  print_text(answer, text);
  std::string body =
      "<style>.wide{overflow-x:auto}td:nth-child(2){text-align:left}#tip{position:absolute;"
      "display:none;background:#fff;border:1px solid #9aa5b3;padding:.5rem;white-space:pre;"
      "font-size:12px;pointer-events:none;box-shadow:0 2px 8px #0003}</style>\n";
  if (!answer.front.empty()) {
    body +=
        "<h2>Front</h2>\n<p>Large points are on the front, the chosen design has a black rim; "
        "colours are what binds. Hover for what a point is.</p>\n"
        "<svg id=\"front\" viewBox=\"0 0 860 420\" role=\"img\"></svg><p class=\"key\" "
        "id=\"key\"></p>\n<h2>Axes</h2>\n<p>A line is a design: coloured on the front, grey "
        "beside it.</p>\n<svg id=\"parallel\" viewBox=\"0 0 860 385\" role=\"img\"></svg>\n";
    body += chosen_section(answer);
    body += "<h2>What binds where</h2>\n" + limits_table(answer);
    body += "<h2>Closed form against TLM</h2>\n" + checks_table(answer);
  }
  body += fmt::format("<h2>Numbers</h2>\n<pre>{}</pre>\n", escaped(text.str()));
  if (!answer.front.empty()) {
    body += fmt::format("<div id=\"tip\"></div>\n<script>const D={};{}</script>\n", data_of(answer),
                        script);
  }
  return html_page(answer.of.name, body);
}

}  // namespace lamina::app
