// Files added on a project's page: dropped as well as chosen, each told what it is.

(() => {
    const withoutEnding = (name) => name.replace(/\.[^.]*$/, "").toLowerCase();

    // A part is proposed for the drawing that is called as it is.
    const proposed = (select, file) => [...select.options].find(
        (one) => one.value && one.text.toLowerCase().startsWith(`${withoutEnding(file.name)} (`))?.value ?? "";

    const keyOf = (file) => JSON.stringify([file.name, file.size, file.lastModified]);

    // Why the files cannot be sent: the server would refuse the whole, and all of it were lost.
    const tooMuch = (form, files) => {
        const { mostFiles, mostBytes, tooMany, tooLarge } = form.dataset;
        if (files.length > Number(mostFiles)) {
            return tooMany;
        }
        const large = files.find((file) => file.size > Number(mostBytes));
        return large ? `${large.name}: ${tooLarge}` : "";
    };

    const prepare = (form) => {
        const input = form.querySelector("[type=file]");
        input.hasChangeListener = true;  // unfold would look for its own box to name the file in
        const drop = form.querySelector(".story-drop");
        const list = form.querySelector(".story-chosen");
        const each = form.querySelector(".story-each");
        const every = each.querySelector("select");
        const button = form.querySelector("[type=submit]");
        const refusal = form.querySelector(".story-refusal");
        const caption = button.textContent;
        const byHand = new Map();  // what was chosen for a file, whatever files come and go
        const usual = [...every.options].find((one) => one.defaultSelected)?.value ?? "";
        // What was chosen before there were files is for those that come.
        let beforehand = every.value === usual ? null : every.value;

        const valueFor = (file) => byHand.get(keyOf(file)) ?? (proposed(every, file) || usual);

        const hold = (files) => {
            const all = new DataTransfer();
            files.forEach((file) => all.items.add(file));
            input.files = all.files;
            show();
        };

        // The next file's button has the focus then, so that the keyboard goes on from there.
        const remove = (file) => {
            const place = [...input.files].indexOf(file);
            hold([...input.files].filter((one) => one !== file));
            const left = list.querySelectorAll("button");
            (left[Math.min(place, left.length - 1)] ?? input).focus();
        };

        const removing = (file) => {
            const cross = document.createElement("button");
            const sign = document.createElement("span");
            sign.className = "material-symbols-outlined";
            sign.setAttribute("aria-hidden", "true");
            sign.textContent = "close";
            cross.type = "button";
            cross.className = "story-remove";
            cross.title = form.dataset.remove;
            cross.setAttribute("aria-label", `${form.dataset.remove}: ${file.name}`);
            cross.append(sign);
            cross.addEventListener("click", () => remove(file));
            return cross;
        };

        const rowOf = (file, hasOwnChoice) => {
            const row = document.createElement("li");
            const name = document.createElement("span");
            name.textContent = file.name;
            row.append(name, removing(file));
            if (hasOwnChoice) {
                const select = every.cloneNode(true);
                select.disabled = false;
                select.value = valueFor(file);
                select.setAttribute("aria-label", `${each.firstChild.textContent.trim()}: ${file.name}`);
                select.addEventListener("change", () => byHand.set(keyOf(file), select.value));
                name.after(select);
            }
            return row;
        };

        const refuse = (sentence) => {
            refusal.textContent = sentence;
            refusal.hidden = !sentence;
        };

        // One file: its choice is the one below. Of several each has its own.
        const show = () => {
            const files = [...input.files];
            const several = files.length > 1;
            if (files.length && beforehand !== null) {
                files.forEach((file) => byHand.set(keyOf(file), beforehand));
                beforehand = null;
            }
            list.hidden = files.length === 0;
            list.replaceChildren(...files.map((file) => rowOf(file, several)));
            button.classList.toggle("is-main", files.length > 0);
            each.hidden = several;
            every.disabled = several;
            every.value = files.length === 1 ? valueFor(files[0]) : beforehand ?? usual;
            refuse(tooMuch(form, files));
            if (files.length) {
                button.scrollIntoView({ block: "nearest" });  // not behind the bar of the form
            }
        };

        every.addEventListener("change", () => {
            if (input.files.length) {
                byHand.set(keyOf(input.files[0]), every.value);
            } else {
                beforehand = every.value;
            }
        });
        input.addEventListener("change", show);
        drop.addEventListener("dragover", (event) => {
            event.preventDefault();
            drop.classList.add("is-over");
        });
        drop.addEventListener("dragleave", () => drop.classList.remove("is-over"));
        drop.addEventListener("drop", (event) => {
            event.preventDefault();
            drop.classList.remove("is-over");
            if (event.dataTransfer.files.length) {
                hold([...input.files, ...event.dataTransfer.files]);
            }
        });
        form.addEventListener("submit", (event) => {
            const isBusy = button.hasAttribute("aria-busy");
            if (isBusy || tooMuch(form, [...input.files])) {
                event.preventDefault();
                refusal.scrollIntoView({ block: "nearest" });
                return;
            }
            button.textContent = form.dataset.working;
            button.setAttribute("aria-busy", "true");
        });
        window.addEventListener("pageshow", () => {  // a browser that comes back shows it as it was
            button.textContent = caption;
            button.removeAttribute("aria-busy");
        });
        show();  // a browser that comes back may still hold files
    };

    const forms = [...document.querySelectorAll(".story-upload")];
    forms.forEach(prepare);

    // What leads to the page anew does not take them along: the project's own form, the other one
    // of these. A dialog asks by story.js.
    const askFirst = (event, sent) => {
        const waiting = forms.find(
            (form) => form !== sent && form.querySelector("[type=file]").files.length);
        if (waiting && !event.defaultPrevented && !window.confirm(waiting.dataset.waiting)) {
            event.preventDefault();
            event.stopImmediatePropagation();
            waiting.scrollIntoView({ block: "center" });
        }
    };
    [document.getElementById("project_form"), ...forms].forEach((form) => form?.addEventListener(
        "submit", (event) => askFirst(event, form), { capture: true }));
})();
