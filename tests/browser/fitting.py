"""Whether a page fits: longer texts, enlarged, forced colours, no motion. Shadow trees are looked into."""

from __future__ import annotations

from playwright.sync_api import Page

# 640 × 400 at a scale of two is 1280 × 800 enlarged to 200 percent; 320 is the narrowest phone.
ENLARGED = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
SMALL = {"viewport": {"width": 320, "height": 640}}

_EVERYTHING = """
    const everything = (root) => [...root.querySelectorAll('*')]
        .flatMap((each) => (each.shadowRoot ? [each, ...everything(each.shadowRoot)] : [each]));
    const all = everything(document);
    const seen = (each) => each.checkVisibility({ visibilityProperty: true }) && each.getBoundingClientRect().width > 1;
    const said = (each) => (each.textContent || each.value || '').trim().slice(0, 50);
    const named = (each) => `${each.localName}.${each.className} ${said(each)}`;
"""

_LONGER = f"""() => {{
    {_EVERYTHING}
    const done = (window.lengthened ??= new WeakSet());
    for (const each of all) {{
        if (each.matches('script, style, title, textarea, svg, svg *')) continue;
        for (const node of each.childNodes) {{
            const text = node.nodeType === Node.TEXT_NODE ? node.data.trim() : '';
            // Words, as another language would have more of them.
            if (done.has(node) || !/\\p{{L}}{{2}}/u.test(text)) continue;
            done.add(node);
            node.data = `${{node.data}} ${{text.slice(0, Math.ceil(text.length * 0.4))}}`;
        }}
    }}
}}"""

_STICKING_OUT = f"""() => {{
    {_EVERYTHING}
    const page = document.documentElement;
    const wide = page.scrollWidth > page.clientWidth ? [`the page is ${{page.scrollWidth}} wide`] : [];
    const cut = (each) => each.matches('.visually-hidden, .hidden, .skip, .tf-hidden-file, [aria-hidden=true] *')
        || each.closest('.scroll, .wide, pre, .visually-hidden, .hidden, table') !== null;
    return wide.concat(all.filter((each) => seen(each) && !cut(each)
        && each.matches('button, .button, a, label, legend, h1, h2, h3, p, li, dt, dd, input, select')
        && (each.getBoundingClientRect().right > page.clientWidth + 1
            || (each.matches('button, .button, h1, h2, h3, label')
                && each.scrollWidth > each.clientWidth + 1 && each.clientWidth)))
        .map(named));
}}"""

_BORDERLESS = f"""() => {{
    {_EVERYTHING}
    const style = (each) => getComputedStyle(each);
    const typed = 'input:not([type=file], [type=checkbox], [type=radio]), select, textarea';
    return all.filter((each) => seen(each) && each.matches(`button, .button, ${{typed}}`)
        && !each.closest('.tf-hidden-file')
        && style(each).borderTopStyle === 'none' && !style(each).textDecorationLine.includes('underline')).map(named);
}}"""

_MOVING = f"""() => {{
    {_EVERYTHING}
    return all.filter((each) => seen(each) && (getComputedStyle(each).animationName !== 'none'
        || getComputedStyle(each).transitionDuration.split(', ').some((each) => parseFloat(each) > 0.01))).map(named);
}}"""


def lengthen(page: Page) -> None:
    """Every text of the page by forty percent; what was lengthened before stays as it is."""
    page.evaluate(_LONGER)


def sticking_out(page: Page) -> list[str]:
    """What is cut, or makes the page wider than the screen."""
    found: list[str] = page.evaluate(_STICKING_OUT)
    return found


def borderless(page: Page) -> list[str]:
    """Controls that nothing shows where a browser takes colours and shadows away."""
    found: list[str] = page.evaluate(_BORDERLESS)
    return found


def moving(page: Page) -> list[str]:
    """What moves although the customer asked for less of it."""
    found: list[str] = page.evaluate(_MOVING)
    return found
