#include "flow/drawing.hpp"

#include <vector>

namespace jackfield::flow {
namespace {

enum class Style { way, condition, error, timeout, undo };

struct Line {
  int from = no_node;
  std::string to;
  std::string label;
  Style style = Style::way;
};

std::string node_name(int index) { return "n" + std::to_string(index); }
std::string undo_name(int index) { return "u" + std::to_string(index); }
std::string target_name(int index) { return index == no_node ? "finish" : node_name(index); }

/// Long conditions are cut: a picture is not the place to read them.
std::string brief(const std::string& text) {
  constexpr std::size_t characters_most = 32;
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xc0) != 0x80 && count++ == characters_most) return text.substr(0, at) + "…";
  }
  return text;
}

/// Two lines of a box: its Chinese name, and what it does.
std::vector<std::string> caption(const Node& node) {
  std::vector<std::string> lines;
  if (!node.name.empty()) lines.push_back(node.name);
  switch (node.kind) {
    case NodeKind::step: lines.push_back(node.step); break;
    case NodeKind::await: lines.push_back("await " + node.event); break;
    case NodeKind::choice: lines.emplace_back("?"); break;
    case NodeKind::fork:
    case NodeKind::join: lines.emplace_back("||"); break;
    case NodeKind::each: lines.push_back("each " + node.as); break;
    case NodeKind::enter: lines.push_back("sub-flow " + node.id); break;
    case NodeKind::leave: lines.emplace_back("end of sub-flow"); break;
    case NodeKind::reject: lines.push_back("reject " + node.code); break;
    case NodeKind::fail: lines.push_back("fail " + node.code); break;
    case NodeKind::hold: lines.push_back("hold " + node.code); break;
  }
  if (!node.when.empty()) lines.push_back("[" + brief(node.when.source()) + "]");
  return lines;
}

void lines_of(const Graph& graph, int index, std::vector<Line>& lines) {
  const Node& node = graph.nodes[static_cast<std::size_t>(index)];
  const bool ends = node.kind == NodeKind::reject || node.kind == NodeKind::fail;
  bool passes = node.kind != NodeKind::fork && node.kind != NodeKind::each && !(ends && node.when.empty());
  for (const auto& branch : node.branches) {
    const bool other = node.kind == NodeKind::choice && branch.when.empty();
    if (other) passes = false;
    lines.push_back({index, target_name(branch.target), other ? "else" : brief(branch.when.source()), Style::condition});
  }
  if (passes) {
    const bool last = node.next == no_node && graph.finally != no_node && index >= graph.finally;
    if (!last) lines.push_back({index, target_name(node.next), "", Style::way});
  }
  for (const auto& edge : node.on) lines.push_back({index, target_name(edge.target), edge.code, Style::error});
  if (node.on_timeout != no_node) lines.push_back({index, target_name(node.on_timeout), "TIMEOUT", Style::timeout});
  if (node.on_timeout == no_node && !node.timeout_state.empty()) {
    lines.push_back({index, "end_" + node.timeout_state, "TIMEOUT", Style::timeout});
  }
  if (!node.undo.empty()) lines.push_back({index, undo_name(index), "", Style::undo});
}

std::vector<Line> lines_of(const Graph& graph) {
  std::vector<Line> lines;
  if (graph.entry != no_node) lines.push_back({no_node, node_name(graph.entry), "", Style::way});
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) lines_of(graph, static_cast<int>(i), lines);
  if (graph.finally != no_node) lines.push_back({-2, node_name(graph.finally), "", Style::way});
  return lines;
}

/// Groups of consecutive nodes that share a phase.
struct Group {
  std::string title;
  std::vector<int> nodes;
};

std::vector<Group> groups_of(const Graph& graph) {
  std::vector<Group> groups;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const int index = static_cast<int>(i);
    const std::string title = graph.finally != no_node && index >= graph.finally ? "finally" : graph.nodes[i].phase;
    if (groups.empty() || groups.back().title != title) groups.push_back({title, {}});
    groups.back().nodes.push_back(index);
  }
  return groups;
}

std::string phase_title(const std::string& phase) {
  if (phase == "acceptance") return "1.1 业务受理流程 acceptance";
  if (phase == "construction") return "1.2 后台施工流程 construction";
  if (phase == "completion") return "1.3 竣工处理流程 completion";
  return phase;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "\"";
}

std::string dot_node(const Graph& graph, int index) {
  const Node& node = graph.nodes[static_cast<std::size_t>(index)];
  std::string label;
  for (const auto& line : caption(node)) {
    const std::string text = quoted(line);
    label += (label.empty() ? "" : "\\n") + text.substr(1, text.size() - 2);
  }
  std::string shape = "box";
  std::string more;
  if (node.kind == NodeKind::choice) shape = "diamond";
  if (node.kind == NodeKind::fork || node.kind == NodeKind::join || node.kind == NodeKind::each) shape = "parallelogram";
  if (node.kind == NodeKind::await) shape = "hexagon";
  if (node.kind == NodeKind::enter || node.kind == NodeKind::leave) shape = "cds";
  if (node.kind == NodeKind::reject || node.kind == NodeKind::fail || node.kind == NodeKind::hold) {
    shape = "octagon";
    more = ", color=\"#c0392b\"";
  }
  if (node.detach) more = ", style=\"rounded,dotted\"";
  return node_name(index) + " [shape=" + shape + ", label=\"" + label + "\", tooltip=" + quoted(node.id) + more + "];\n";
}

std::string dot_style(Style style) {
  switch (style) {
    case Style::error: return ", color=\"#c0392b\", fontcolor=\"#c0392b\", class=\"error\"";
    case Style::timeout: return ", color=\"#d68910\", fontcolor=\"#d68910\", class=\"timeout\"";
    case Style::undo: return ", color=\"#2471a3\", style=dashed, arrowhead=odot, constraint=false, class=\"undo\"";
    default: return "";
  }
}

std::string line_start(int from) { return from == no_node ? "start" : from == -2 ? "finish" : node_name(from); }

std::string mermaid_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"') {
      out += "#quot;";
    } else if (c == '<' || c == '>' || c == '#') {
      out += c == '<' ? "#lt;" : c == '>' ? "#gt;" : "#35;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string mermaid_node(const Graph& graph, int index) {
  const Node& node = graph.nodes[static_cast<std::size_t>(index)];
  std::string label;
  for (const auto& line : caption(node)) label += (label.empty() ? "" : "<br/>") + mermaid_text(line);
  const bool ends = node.kind == NodeKind::reject || node.kind == NodeKind::fail || node.kind == NodeKind::hold;
  const char* open = node.kind == NodeKind::choice ? "{\"" : node.kind == NodeKind::await ? "{{\"" : ends ? "([\"" : "[\"";
  const char* close = node.kind == NodeKind::choice ? "\"}" : node.kind == NodeKind::await ? "\"}}" : ends ? "\"])" : "\"]";
  return "    " + node_name(index) + open + label + close + (node.detach ? ":::detached\n" : "\n");
}

}  // namespace

std::string draw_dot(const Graph& graph) {
  std::string text = "digraph " + quoted(graph.flow) + " {\n  label=" +
                     quoted(graph.name.empty() ? graph.flow : graph.name + " (" + graph.flow + ")") +
                     "; labelloc=t; fontname=\"sans-serif\";\n  node [fontname=\"sans-serif\", fontsize=11, style=rounded];\n"
                     "  edge [fontname=\"sans-serif\", fontsize=9];\n  start [shape=circle, label=\"\"];\n"
                     "  finish [shape=doublecircle, label=\"\"];\n";
  int count = 0;
  for (const auto& group : groups_of(graph)) {
    const std::string pad = group.title.empty() ? "  " : "    ";
    if (!group.title.empty()) {
      text += "  subgraph cluster_" + std::to_string(count++) + " {\n    label=" + quoted(phase_title(group.title)) + ";\n";
    }
    for (const int index : group.nodes) {
      text += pad + dot_node(graph, index);
      const Node& node = graph.nodes[static_cast<std::size_t>(index)];
      if (!node.undo.empty()) {
        text += pad + undo_name(index) + " [shape=box, color=\"#2471a3\", fontsize=9, label=" +
                quoted(node.undo_name.empty() ? node.undo : node.undo_name) + ", tooltip=" + quoted(node.undo) + "];\n";
      }
    }
    if (!group.title.empty()) text += "  }\n";
  }
  for (const auto& line : lines_of(graph)) {
    text += "  " + line_start(line.from) + " -> " + line.to + " [label=" + quoted(line.label) + dot_style(line.style) + "];\n";
  }
  for (const char* state : {"cancelled", "held", "failed"}) {
    if (text.find(std::string("end_") + state) != std::string::npos) {
      text += std::string("  end_") + state + " [shape=octagon, color=\"#d68910\", label=\"" + state + "\"];\n";
    }
  }
  return text + "}\n";
}

std::string draw_mermaid(const Graph& graph) {
  std::string text = "flowchart TD\n  start((\" \"))\n  finish(((\" \")))\n";
  int count = 0;
  for (const auto& group : groups_of(graph)) {
    if (!group.title.empty()) {
      text += "  subgraph g" + std::to_string(count++) + "[\"" + mermaid_text(phase_title(group.title)) + "\"]\n";
    }
    for (const int index : group.nodes) {
      text += mermaid_node(graph, index);
      const Node& node = graph.nodes[static_cast<std::size_t>(index)];
      if (!node.undo.empty()) text += "    " + undo_name(index) + "([\"" +
                mermaid_text(node.undo_name.empty() ? node.undo : node.undo_name) + "\"]):::undo\n";
    }
    if (!group.title.empty()) text += "  end\n";
  }
  std::string styles;
  const auto lines = lines_of(graph);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& line = lines[i];
    const std::string label = line.label.empty() ? "" : "|\"" + mermaid_text(line.label) + "\"|";
    text += "  " + line_start(line.from) + (line.style == Style::undo ? " -.->" : " -->") + label + " " + line.to + "\n";
    if (line.style == Style::error) styles += "  linkStyle " + std::to_string(i) + " stroke:#c0392b,color:#c0392b\n";
    if (line.style == Style::timeout) styles += "  linkStyle " + std::to_string(i) + " stroke:#d68910,color:#d68910\n";
  }
  for (const char* state : {"cancelled", "held", "failed"}) {
    if (text.find(std::string("end_") + state) != std::string::npos) {
      text += std::string("  end_") + state + "([\"" + state + "\"])\n";
    }
  }
  return text + styles + "  classDef undo stroke:#2471a3,stroke-dasharray:4\n  classDef detached stroke-dasharray:2\n";
}

}  // namespace jackfield::flow
