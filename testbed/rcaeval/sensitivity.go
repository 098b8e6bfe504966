package rcaeval

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// SensitivityOptions say which constants to shake.
type SensitivityOptions struct {
	Source string   // folder of the module's source
	Data   string   // folder of the cases
	Out    string   // folder that keeps the predictions of every variant; those in it are not made again
	Names  []string // constants; empty means all
}

// judges is the package whose constants decide who is blamed.
const judges = "internal/rca"

// factors by which each constant is multiplied.
var factors = []float64{.5, 2}

// variant is the engine with at most one constant changed.
type variant struct {
	constant Constant
	value    float64
	said     []prediction
}

// Sensitivity halves and doubles each constant by which causes are ranked, ranks all cases again with an engine built so,
// and prints what becomes of the accuracy. Then it cross-validates the choice of constants: on one part of the cases the
// best variant is chosen, on the other it is measured.
func Sensitivity(ctx context.Context, o SensitivityOptions, report io.Writer) error {
	folder := filepath.Join(o.Source, filepath.FromSlash(judges))
	list, err := constants(folder)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fmt.Errorf("no constants in %s: -source must be the folder of the module", folder)
	}
	if len(o.Names) > 0 {
		list = slices.DeleteFunc(list, func(c Constant) bool { return !slices.Contains(o.Names, c.Name) })
	}
	truth, err := faults(o.Data)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.Out, 0o750); err != nil {
		return err
	}
	shipped, err := o.try(ctx, nil, 1)
	if err != nil {
		return err
	}
	all := []*variant{shipped}
	fmt.Fprintf(report, "%-14s %8s %8s", "constant", "shipped", "is")
	columns(report, truth, shipped)
	for i := range list {
		for _, factor := range factors {
			v, err := o.try(ctx, &list[i], factor)
			if err != nil {
				return err
			}
			all = append(all, v)
			fmt.Fprintf(report, "%-14s %8.4g %8.4g", v.constant.Name, v.constant.Value, v.value)
			figures(report, truth, v)
		}
	}
	return validate(report, truth, all)
}

// try ranks all cases with one constant multiplied; nil changes none.
func (o *SensitivityOptions) try(ctx context.Context, c *Constant, factor float64) (*variant, error) {
	v := &variant{}
	name := "shipped"
	if c != nil {
		v.constant = *c
		name = fmt.Sprintf("%s-%g", c.Name, factor)
	}
	overlay := map[string]string{}
	scratch, err := os.MkdirTemp("", "sensitivity")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	if c != nil {
		source, value, err := c.times(factor)
		if err != nil {
			return nil, err
		}
		v.value = value
		changed := filepath.Join(scratch, "changed.go")
		original, err := filepath.Abs(c.file)
		if err := errors.Join(err, os.WriteFile(changed, source, 0o600)); err != nil {
			return nil, err
		}
		overlay[original] = changed
	}
	out := filepath.Join(o.Out, name+".jsonl")
	if _, err := os.Stat(out); errors.Is(err, os.ErrNotExist) {
		if err := o.build(ctx, scratch, overlay, out); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	v.said, err = predictions(out)
	return v, err
}

// build compiles the evaluation with some files replaced and lets it rank all cases.
func (o *SensitivityOptions) build(ctx context.Context, scratch string, overlay map[string]string, out string) error {
	list, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		return err
	}
	replaced, binary := filepath.Join(scratch, "overlay.json"), filepath.Join(scratch, "eval")
	if err := os.WriteFile(replaced, list, 0o600); err != nil {
		return err
	}
	compile := exec.CommandContext(ctx, "go", "build", "-overlay", replaced, "-o", binary, "./testbed/cmd/eval")
	compile.Dir = o.Source
	if text, err := compile.CombinedOutput(); err != nil {
		return fmt.Errorf("building: %w: %s", err, text)
	}
	made := filepath.Join(scratch, "said.jsonl")
	if text, err := exec.CommandContext(ctx, binary, "rca", "-data", o.Data, "-out", made).CombinedOutput(); err != nil {
		return fmt.Errorf("ranking: %w: %s", err, text)
	}
	data, err := os.ReadFile(made)
	if err != nil {
		return err
	}
	return os.WriteFile(out, data, 0o600) // whole, or it would be taken for done
}

func predictions(path string) ([]prediction, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var out []prediction
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var p prediction
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		out = append(out, p)
	}
	return out, lines.Err()
}
