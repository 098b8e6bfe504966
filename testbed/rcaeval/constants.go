package rcaeval

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Constant is a number in a package's source that somebody chose.
type Constant struct {
	Name  string
	Value float64
	whole bool // an integer
	file  string
	from  int // bytes of the file that hold the value
	to    int
}

// constants are the named numeric constants of a package's folder, tests aside, in order of files. Those of a type, such
// as durations, are left out.
func constants(folder string) ([]Constant, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	var out []Constant
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			return nil, fmt.Errorf("reading constants: %w", err)
		}
		for _, d := range file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, s := range g.Specs {
				if c, ok := constantOf(set, s.(*ast.ValueSpec)); ok {
					c.file = name
					out = append(out, c)
				}
			}
		}
	}
	return out, nil
}

func constantOf(set *token.FileSet, s *ast.ValueSpec) (Constant, bool) {
	if len(s.Names) != 1 || len(s.Values) != 1 || s.Type != nil {
		return Constant{}, false
	}
	expr := s.Values[0]
	v, err := types.Eval(set, nil, token.NoPos, types.ExprString(expr))
	if err != nil || v.Value == nil || v.Value.Kind() != constant.Int && v.Value.Kind() != constant.Float {
		return Constant{}, false
	}
	value, _ := constant.Float64Val(v.Value)
	return Constant{
		Name: s.Names[0].Name, Value: value, whole: v.Value.Kind() == constant.Int,
		from: set.Position(expr.Pos()).Offset, to: set.Position(expr.End()).Offset,
	}, true
}

// times is the source of the constant's file with its value multiplied; the value is what it became.
func (c *Constant) times(factor float64) (source []byte, value float64, err error) {
	source, err = os.ReadFile(c.file)
	if err != nil {
		return nil, 0, err
	}
	value = c.Value * factor
	if c.whole {
		value = max(1, float64(int(value+.5)))
	}
	text := strconv.FormatFloat(value, 'g', -1, 64)
	if !c.whole && !strings.ContainsAny(text, ".e") {
		text += "."
	}
	return []byte(string(source[:c.from]) + text + string(source[c.to:])), value, nil
}
