{#- How names are compared: compatibility forms (full width, ligatures), case, accents, ß and the
    kinds of apostrophes, quotation marks and dashes make no difference. spotifyweb/text.py does
    the same to what somebody types; a test holds the two, and both engines, together. -#}
{% macro folded(text) -%}
    {{ return(adapter.dispatch('folded')(text)) }}
{%- endmacro %}

{#- Letter by letter: right on every engine, and slow on DuckDB. -#}
{% macro default__folded(text) -%}
    {%- set ns = namespace(sql=text) -%}
    {%- for written, plain in [
        ('ß', 'ss'), ('ẞ', 'ss'), ('…', '...'), ('™', 'tm'), ('℠', 'sm'), ('№', 'no'),
        ('ﬀ', 'ff'), ('ﬁ', 'fi'), ('ﬂ', 'fl'), ('ﬃ', 'ffi'), ('ﬄ', 'ffl'), ('ﬅ', 'st'),
        ('ﬆ', 'st'), ('Ⅱ', 'ii'), ('Ⅲ', 'iii'), ('Ⅳ', 'iv'), ('Ⅵ', 'vi'), ('Ⅶ', 'vii'),
        ('Ⅷ', 'viii'), ('Ⅸ', 'ix')
    ] -%}
        {%- set ns.sql = "replace(" ~ ns.sql ~ ", '" ~ written ~ "', '" ~ plain ~ "')" -%}
    {%- endfor -%}
    trim(
        translate(
            lower(
                translate(
                    {{ ns.sql }},
                    '{{ kinds() }}{{ compatible_letters() }}',
                    '{{ kinds(plain=true) }}{{ compatible_letters(plain=true) }}'
                )
            ),
            '{{ accented_letters() }}{{ marks() }}', '{{ accented_letters(plain=true) }}'
        )
    )
{%- endmacro %}

{#- ASCII is folded already. An engine's function does the rest, except for compatibility forms and
    for alphabets in which a mark makes another letter (か and が). -#}
{% macro duckdb__folded(text) -%}
    case
        when strlen({{ text }}) = length({{ text }})
            then trim(lower(replace({{ text }}, '`', '''')))
        when
            regexp_matches(
                {{ text }},
                '[\x{a0}ªº²³¹µſ\x{300}-\x{36f}\x{2000}-\x{200f}\x{2020}-\x{2fff}'
                || '\x{3000}\x{fb00}-\x{ffff}\x{1d400}-\x{1d7ff}]'
            )
            or (
                regexp_matches({{ text }}, '[\x{590}-\x{1dff}\x{3041}-\x{30ff}]')
                and regexp_matches({{ text }}, '[\x{c0}-\x{52f}\x{1e00}-\x{1fff}]')
            )
            then {{ default__folded("nfc_normalize(" ~ text ~ ")") }}
        when regexp_matches({{ text }}, '[\x{590}-\x{1dff}\x{3041}-\x{30ff}]')
            then
                trim(
                    lower(
                        translate(
                            nfc_normalize({{ text }}), '{{ kinds() }}', '{{ kinds(plain=true) }}'
                        )
                    )
                )
        else
            trim(
                strip_accents(
                    lower(
                        translate(
                            replace(replace({{ text }}, 'ß', 'ss'), 'ẞ', 'ss'),
                            '{{ kinds() }}', '{{ kinds(plain=true) }}'
                        )
                    )
                )
            )
    end
{%- endmacro %}

{#- Of apostrophes, quotation marks and dashes; and the two that sigma has at the end of a word. -#}
{% macro kinds(plain=false) -%}
    {%- if plain -%} {{- "''" * 10 ~ '"' * 7 ~ '-' * 8 ~ 'σσ' -}}
    {%- else -%} {{- '‘’‚‛ʼʹ′´`＇' ~ '“”„‟″«»' ~ '‐‑‒–—―−⁃' ~ 'ςΣ' -}}
    {%- endif -%}
{%- endmacro %}

{#- One letter for one: Ａ, Ⓐ, 𝐀 and 𝟎 by their place in Unicode, the rest by hand. -#}
{% macro compatible_letters(plain=false) -%}
    {%- if plain -%}
        {{- 'ao2310i456789n' ~ '123456789' ~ 'ivxlcdm' ~ 'chnpqrz' ~ 'μs' -}}
        {{- 'ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホ' -}}
        {{- 'マミムメモヤユヨラリルレロワン' -}}
    {%- else -%}
        {{- 'ªº²³¹⁰ⁱ⁴⁵⁶⁷⁸⁹ⁿ' ~ '①②③④⑤⑥⑦⑧⑨' ~ 'ⅠⅤⅩⅬⅭⅮⅯ' ~ 'ℂℍℕℙℚℝℤ' ~ 'µſ' -}}
        {{- 'ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎ' -}}
        {{- 'ﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ' -}}
    {%- endif -%}
    {%- set rows = [(65281, 33, 94), (12288, 32, 1), (160, 32, 1), (9398, 97, 26), (9424, 97, 26)] -%}
    {%- for alphabet in range(26) -%}{%- do rows.append((119808 + 26 * alphabet, 97, 26)) -%}
    {%- endfor -%}
    {%- for row in range(5) -%}{%- do rows.append((120782 + 10 * row, 48, 10)) -%}{%- endfor -%}
    {%- for first, upon, many in rows -%}
        {%- for number in range(many) if upon + number not in (39, 92) -%}
            {{- "%c" % ((upon if plain else first) + number) -}}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}

{#- Small letters of Latin, Greek and Cyrillic. -#}
{% macro accented_letters(plain=false) -%}
    {%- if plain -%}
    {{- 'aaaaaaceeeeiiiinooooouuuuyyaaaccccdeeeeegggghiiiijklllnnnooorrrssssttuuuuuuw' -}}
    {{- 'yzzzouaiouuuuuaaægkooʒjgnaæøaaeeiioorruusthaeooooyιαεηιυιυουωиеегікиуѵжааеәж' -}}
    {{- 'зииоөэууучыabbbcdddddeeeeefghhhhhiikkkllllmmmnnnnoooopprrrrsssssttttuuuuuvvw' -}}
    {{- 'wwwwxxyzzzhtwyaaaaaaaaaaaaeeeeeeeeiioooooooooooouuuuuuuyyyyααααααααεεεεεεηηη' -}}
    {{- 'ηηηηηιιιιιιιιοοοοοουυυυυυυυωωωωωωωωαεηιουωααααααααηηηηηηηηωωωωωωωωαααααααηηη' -}}
    {{- 'ηηιιιιιυυυρρυυωωωωω' -}}
    {%- else -%}
    {{- 'àáâãäåçèéêëìíîïñòóôõöùúûüýÿāăąćĉċčďēĕėęěĝğġģĥĩīĭįĵķĺļľńņňōŏőŕŗřśŝşšţťũūŭůűųŵ' -}}
    {{- 'ŷźżžơưǎǐǒǔǖǘǚǜǟǡǣǧǩǫǭǯǰǵǹǻǽǿȁȃȅȇȉȋȍȏȑȓȕȗșțȟȧȩȫȭȯȱȳΐάέήίΰϊϋόύώйѐёѓїќѝўѷӂӑӓӗӛӝ' -}}
    {{- 'ӟӣӥӧӫӭӯӱӳӵӹḁḃḅḇḉḋḍḏḑḓḕḗḙḛḝḟḡḣḥḧḩḫḭḯḱḳḵḷḹḻḽḿṁṃṅṇṉṋṍṏṑṓṕṗṙṛṝṟṡṣṥṧṩṫṭṯṱṳṵṷṹṻṽṿẁ' -}}
    {{- 'ẃẅẇẉẋẍẏẑẓẕẖẗẘẙạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹἀἁἂἃἄἅἆἇἐἑἒἓἔἕἠἡἢ' -}}
    {{- 'ἣἤἥἦἧἰἱἲἳἴἵἶἷὀὁὂὃὄὅὐὑὒὓὔὕὖὗὠὡὢὣὤὥὦὧὰὲὴὶὸὺὼᾀᾁᾂᾃᾄᾅᾆᾇᾐᾑᾒᾓᾔᾕᾖᾗᾠᾡᾢᾣᾤᾥᾦᾧᾰᾱᾲᾳᾴᾶᾷῂῃῄ' -}}
    {{- 'ῆῇῐῑῒῖῗῠῡῢῤῥῦῧῲῳῴῶῷ' -}}
    {%- endif -%}
{%- endmacro %}

{#- Accents that stand alone. -#}
{% macro marks() -%}
    {%- for number in range(768, 880) -%}{{- "%c" % number -}}{%- endfor -%}
{%- endmacro %}
