// A project's form: the presets that fit its sheet come first, as material and thickness are typed.
//
// The server groups them so for the sheet that is stored; this keeps to the same rule.

(() => {
    const select = document.querySelector("select[data-presets]");
    const material = document.getElementById("id_material");
    const thickness = document.getElementById("id_material_thickness");
    if (!select || !material || !thickness) {
        return;
    }

    const presets = JSON.parse(select.dataset.presets);  // [id, material's id, thickness or null]
    const { fits, others } = select.dataset;
    const known = new Map([...select.options].map((one) => [one.value, one]));

    const sheet = () => ({
        material: material.value,
        name: material.value ? material.selectedOptions[0].text : "",
        thick: Number(thickness.value.trim().replace(",", ".")) || 0,
    });

    const isFor = ([, itsMaterial, itsThickness], wanted) =>
        (!wanted.material || String(itsMaterial) === wanted.material)
        && (!itsThickness || !wanted.thick || Number(itsThickness) === wanted.thick);

    const groupOf = (label, found) => {
        const group = document.createElement("optgroup");
        group.label = label;
        group.append(...found.map(([id]) => known.get(String(id))));
        return found.length ? [group] : [];
    };

    const regroup = () => {
        const wanted = sheet();
        const chosen = select.value;
        const offered = presets.filter(([id]) => known.has(String(id)));
        const empty = known.has("") ? [known.get("")] : [];
        if (!wanted.material && !wanted.thick) {
            select.replaceChildren(...empty, ...offered.map(([id]) => known.get(String(id))));
        } else {
            const thick = wanted.thick.toLocaleString(document.documentElement.lang);
            const told = [wanted.name, wanted.thick ? `${thick}\u00a0mm` : ""];
            const label = fits.replace("%(sheet)s", () => told.filter(Boolean).join(", "));
            select.replaceChildren(
                ...empty,
                ...groupOf(label, offered.filter((one) => isFor(one, wanted))),
                ...groupOf(others, offered.filter((one) => !isFor(one, wanted))),
            );
        }
        select.value = chosen;
    };

    // The choice of the material tells of itself by jQuery alone, which tells of the others, too.
    window.django.jQuery(material).on("change", regroup);
    thickness.addEventListener("input", regroup);
    regroup();
})();
